#ifndef MAYFLY_CA_MODEL_DECISION_H_
#define MAYFLY_CA_MODEL_DECISION_H_

#include <cstdint>
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

// A filed request that a certificate carries out.
struct ApprovalUse {
  uint64_t number = 0;
  bool once = true;
  friend bool operator==(const ApprovalUse&, const ApprovalUse&) = default;
};

// One rule of approval: how many, of whom, and who has approved.
struct ApprovalNeed {
  uint32_t count = 1;
  std::string from;                      // For people: "groups [sre-leads]".
  std::vector<std::string> approved_by;  // Subjects.
  friend bool operator==(const ApprovalNeed&, const ApprovalNeed&) = default;
};

struct Granted {
  Terms terms;
  bool break_glass = false;             // By a break-glass grant.
  std::optional<ApprovalUse> approval;  // By a grant that needs approval.
  std::string policy_hash;              // Hex SHA-256 of the set in force.
  Trace trace;
  friend bool operator==(const Granted&, const Granted&) = default;
};

struct Denied {
  std::string rule;  // What refused: "denial contractors-never-root", "default deny", "grant x" …
  std::string message;             // One sentence for the caller, with the bound that was exceeded.
  bool needs_fresh_login = false;  // All that is missing is a newer primary authentication.
  std::string policy_hash;
  Trace trace;
  friend bool operator==(const Denied&, const Denied&) = default;
};

// A grant permits it as soon as enough people approve.
struct Pending {
  Terms terms;  // What it would be.
  std::vector<ApprovalNeed> needs;
  absl::Duration within;  // How long approvals may take.
  std::string policy_hash;
  Trace trace;
  friend bool operator==(const Pending&, const Pending&) = default;
};

using Decision = std::variant<Granted, Denied, Pending>;

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_DECISION_H_
