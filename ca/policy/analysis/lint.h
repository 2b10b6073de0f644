// What is well-formed, and probably not what was meant.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_LINT_H_
#define MAYFLY_CA_POLICY_ANALYSIS_LINT_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

enum class Severity {
  kWarning,  // Somebody should look at it.
  kNote,     // Good to know.
};

struct Lint {
  Severity severity = Severity::kWarning;
  std::string_view
      check;            // "no-description": stable, for scripts; docs/policy-testing.md lists them.
  std::string rule;     // "grant x", as in traces.
  std::string field;    // In it, "for.groups"; empty is the rule.
  std::string message;  // What is there, and why it matters.
  std::string advice;   // What to do.
};

// What is known of the world around the policies. An empty set is "nothing is known".
struct Surroundings {
  std::set<std::string> groups;           // That some user is in.
  std::set<std::string> authenticators;   // That are configured.
  absl::Time now = absl::InfinitePast();  // Infinitely past: it is not known what has ended.
};

// In the order of the set. Complete for order: two grants next to each other that no "order"
// finding names may change places, and no request gets another answer.
std::vector<Lint> FindLint(const PolicySet& policy, const Surroundings& surroundings);

// Its parts.
void LintRules(const PolicySet& policy, const Surroundings& surroundings, std::vector<Lint>* lint);
void LintReach(const PolicySet& policy, std::vector<Lint>* lint);
void LintOrder(const PolicySet& policy, std::vector<Lint>* lint);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_LINT_H_
