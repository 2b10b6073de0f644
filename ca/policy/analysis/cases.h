// Cases: situations with the answer that a policy set is expected to give.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_CASES_H_
#define MAYFLY_CA_POLICY_ANALYSIS_CASES_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/policy/analysis/situation.h"

namespace mayfly::policy {

// Of the rest, only what is set must be so. Lists are sorted.
struct ExpectGranted {
  std::string grant;
  std::optional<std::vector<std::string>> principals;
  std::optional<absl::Duration> lifetime;
  std::optional<std::vector<std::string>> extensions;
  std::optional<std::string> force_command;
  std::optional<std::vector<IpNetwork>> source_addresses;
  std::optional<bool> verify_required;
  std::optional<std::map<std::string, std::string>> custom_extensions;
  std::optional<bool> break_glass;
};
struct ExpectPending {
  ExpectGranted terms;  // What it would be.
  std::optional<std::vector<std::string>> waits_for;
};
struct ExpectDenied {
  std::string by;       // Empty: any rule.
  std::string message;  // A part of it; empty: any.
};
using Expectation = std::variant<ExpectGranted, ExpectDenied, ExpectPending>;

struct PolicyCase {
  std::string name;
  std::string source;  // "people.cases.yaml:12"
  Situation situation;
  Expectation expect;
};

struct CasesText {
  std::string path;
  std::string text;
};

// The cases of one file. kInvalidArgument with every mistake as file:line:column, the line, a
// caret.
absl::StatusOr<std::vector<PolicyCase>> LoadCases(const CasesText& file);

// All *.cases.yaml files below `folder`, sorted by path, which is shown with `folder` before it. No
// file is no error. Blocks; errors as LoadPolicySet.
absl::StatusOr<std::vector<CasesText>> ReadCasesFiles(const std::string& folder);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_CASES_H_
