// Evaluates whom a rule is about.
#ifndef MAYFLY_CA_POLICY_CONDITIONS_H_
#define MAYFLY_CA_POLICY_CONDITIONS_H_

#include <vector>

#include "base/network.h"
#include "ca/model/fact.h"
#include "ca/model/identity.h"
#include "ca/policy/finding.h"
#include "ca/policy/rules.h"

namespace mayfly::policy {

// One finding a condition that `conditions` writes, in the order of the schema; never cut short, so
// that the trace tells all. What an unknown outcome means is the caller's to say: a grant wants
// kHeld, a denial anything but kFailed.
std::vector<Finding> EvaluateConditions(const Conditions& conditions,
                                        const model::Identity& identity,
                                        const model::Fact<IpAddress>& peer);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_CONDITIONS_H_
