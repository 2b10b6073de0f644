// Why: what a policy set says of a situation, rule by rule.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_EXPLAIN_H_
#define MAYFLY_CA_POLICY_ANALYSIS_EXPLAIN_H_

#include <string>
#include <string_view>
#include <vector>

#include "ca/model/decision.h"
#include "ca/policy/analysis/situation.h"
#include "ca/policy/finding.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// A grant that nearly permits.
struct NearGrant {
  const Grant* grant = nullptr;
  std::vector<Finding> missing;  // What does not hold, at least one.
  bool gives_it = true;          // It has the login and opens the host that are asked for.
};

struct Explanation {
  // What Decide says: never anything else, because Decide is asked.
  model::Decision decision;
  // Every rule, also those that the decision did not have to look at: built-in rules and denials as
  // far as they were asked, then every grant for this kind of certificate, in order.
  model::Trace trace;
  // When no grant permits: of those that could give what is asked (if none could, of all) those
  // that miss least, meant for the caller and sharing most groups with them; at most three.
  std::vector<NearGrant> nearest;
};
Explanation Explain(const PolicySet& policy, const Situation& situation);

// "groups" of "groups: any of [sre]": by which cases, coverage and places speak of a condition.
std::string ConditionName(std::string_view condition);

// The names of the conditions that say whom and when a rule concerns: those of `for` and
// `requires`, or of `when`, in the order of the schema.
std::vector<std::string> ConditionsOf(const Grant& grant);
std::vector<std::string> ConditionsOf(const Denial& denial);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_EXPLAIN_H_
