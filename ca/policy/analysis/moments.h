// Moments that stand for all times that some hours and dates can tell apart.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_MOMENTS_H_
#define MAYFLY_CA_POLICY_ANALYSIS_MOMENTS_H_

#include <vector>

#include "absl/time/time.h"
#include "ca/policy/hours.h"

namespace mayfly::policy {

// One moment for each combination of hours that occurs between two of `dates` (sorted), before the
// first and after the last; at least one. Looks at a year of each stretch, at every minute at which
// some hours begin or end, so changes of clocks count.
std::vector<absl::Time> FindMoments(const std::vector<Hours>& hours,
                                    const std::vector<absl::Time>& dates);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_MOMENTS_H_
