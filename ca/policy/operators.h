// What operators may do beyond obtaining certificates of their own.
#ifndef MAYFLY_CA_POLICY_OPERATORS_H_
#define MAYFLY_CA_POLICY_OPERATORS_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/network.h"
#include "ca/model/fact.h"
#include "ca/model/identity.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

std::string_view PermissionName(Permission permission);  // "create-join-tokens" …, as in policies.
const std::vector<Permission>& AllPermissions();

// Whether some operator rule gives `identity`, calling from `peer` at `now`, the permission. The
// local identity (root or mayflyd's own user on the CA's machine) may everything: it could replace
// the policy as well. When true, `*which` (may be null) becomes the rule, "operator security" or
// "local"; else what was missing, fit for the caller.
bool May(const PolicySet& policy, const model::Identity& identity, Permission permission,
         const model::Fact<IpAddress>& peer, absl::Time now, std::string* which);

// The groups that the operator rules which give `identity` the permission manage-users let it
// manage, together; the local identity manages any.
ManagedGroups ManagedBy(const PolicySet& policy, const model::Identity& identity,
                        const model::Fact<IpAddress>& peer, absl::Time now);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_OPERATORS_H_
