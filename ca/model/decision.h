#ifndef MAYFLY_CA_MODEL_DECISION_H_
#define MAYFLY_CA_MODEL_DECISION_H_

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "base/network.h"
#include "ssh/certificate.h"

namespace mayfly::model {

enum class Outcome { kHeld, kFailed, kUnknown };

// One condition of one rule, as evaluated.
struct TraceCondition {
  std::string condition;  // "groups: any of [engineering]"
  Outcome outcome = Outcome::kFailed;
  std::string detail;  // "alice is in [sales]"
  friend bool operator==(const TraceCondition&, const TraceCondition&) = default;
};

// One rule, in the order in which they were looked at.
struct TraceStep {
  std::string
      rule;  // "grant staging-shell", "denial contractors-never-root", "ceiling", "built-in"
  std::string source;   // "production.yaml:12", empty for built-in rules.
  std::string verdict;  // "granted", "refused", "does not apply", "not default" …
  std::vector<TraceCondition> conditions;
  friend bool operator==(const TraceStep&, const TraceStep&) = default;
};
using Trace = std::vector<TraceStep>;

// The terms of one certificate, from exactly one grant: final values, nothing left to expand.
struct Terms {
  ssh::CertificateKind kind = ssh::CertificateKind::kUser;
  std::string grant;
  std::vector<std::string> principals;  // Never empty; sorted, unique; scoped where the grant is.
  absl::Duration lifetime;
  std::vector<std::string> extensions;                   // Names of flags, sorted.
  std::map<std::string, std::string> custom_extensions;  // Of others: name@domain to value.
  std::optional<std::string> force_command;
  std::vector<IpNetwork> source_addresses;
  bool verify_required = false;
  friend bool operator==(const Terms&, const Terms&) = default;
};

struct Granted {
  Terms terms;
  std::string policy_hash;  // Hex SHA-256 of the set in force.
  Trace trace;
  friend bool operator==(const Granted&, const Granted&) = default;
};

struct Denied {
  std::string rule;  // What refused: "denial contractors-never-root", "default deny", "grant x" …
  std::string message;  // One sentence for the caller, with the bound that was exceeded.
  std::string policy_hash;
  Trace trace;
  friend bool operator==(const Denied&, const Denied&) = default;
};

using Decision = std::variant<Granted, Denied>;

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_DECISION_H_
