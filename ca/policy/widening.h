// What a new policy set no longer holds people to.
#ifndef MAYFLY_CA_POLICY_WIDENING_H_
#define MAYFLY_CA_POLICY_WIDENING_H_

#include <string>
#include <vector>

#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// One sentence each, in the order denials, operators, ceilings, scoped_only; empty when `new_set`
// drops none of the old set's limits. Grants are not compared: adding one is what policies are for,
// while a limit that goes is easily a mistake (half a checkout, a file renamed to .yml).
//   a denial is gone, or has conditions that match less than before
//   an operator rule is gone (nobody may be left to mend things), gives fewer permissions or more,
//   is for others than before, or manages other groups
//   a ceiling rises; scoped_only is gone, or holds for fewer hosts
std::vector<std::string> Widenings(const PolicySet& old_set, const PolicySet& new_set);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_WIDENING_H_
