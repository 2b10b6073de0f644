// Runs cases against a policy set, and measures what of it they reach.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_RUN_CASES_H_
#define MAYFLY_CA_POLICY_ANALYSIS_RUN_CASES_H_

#include <string>
#include <vector>

#include "ca/model/decision.h"
#include "ca/policy/analysis/cases.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

struct CaseResult {
  const PolicyCase* test = nullptr;
  model::Decision decision;
  // Where they differ, "lifetime: expected 8h, was 1h"; empty when the case passes.
  std::vector<std::string> differences;

  bool passed() const { return differences.empty(); }
};
CaseResult RunCase(const PolicySet& policy, const PolicyCase& test);

// The approvals that are still missing, for people: "1 from groups [sre-leads]". Sorted.
std::vector<std::string> MissingApprovals(const model::Pending& pending);

// What a policy set has, and how much of it cases reach. A grant is reached when a case is granted
// by it, a denial when a case is refused by it, a condition (of `for`, `when` and `requires`) when
// one case meets it and another does not: only then would a case notice that it went.
struct Coverage {
  struct Count {
    size_t reached = 0;
    size_t all = 0;
    int percent() const { return all == 0 ? 100 : static_cast<int>(reached * 100 / all); }
  };
  Count grants, denials, conditions;
  // One line for each rule that is not reached whole, in the order of the set: "grant deploy-web
  // (20-people.yaml:18): no case is granted by it; no case where groups or realm holds".
  std::vector<std::string> missing;
};
Coverage MeasureCoverage(const PolicySet& policy, const std::vector<CaseResult>& results);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_RUN_CASES_H_
