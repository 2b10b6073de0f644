// Results of cases as JUnit XML, which CI systems show.
#ifndef MAYFLY_CLIENT_POLICY_JUNIT_H_
#define MAYFLY_CLIENT_POLICY_JUNIT_H_

#include <string>
#include <vector>

#include "ca/policy/analysis/run_cases.h"

namespace mayfly::client {

// One test suite a file of cases, named by its path.
std::string JunitOf(const std::vector<policy::CaseResult>& results);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_POLICY_JUNIT_H_
