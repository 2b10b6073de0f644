// Placeholders: rules of logins and host names -> values.
#ifndef MAYFLY_CA_POLICY_EXPAND_H_
#define MAYFLY_CA_POLICY_EXPAND_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/model/identity.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// What a grant's `logins` are for one identity. A placeholder's value is one whole login or none:
// it is checked, never split, cut, folded or joined.
struct Logins {
  std::set<std::string> given;
  // Values that a placeholder did not yield, escaped and bounded, and why: "is reserved …".
  std::map<std::string, std::string> withheld;
  // ${groups} stands in the rule and the groups are unknown, so it yields nothing.
  bool groups_unknown = false;
};
Logins ExpandLogins(const UserCertificateRule& rule, const PolicySet& policy,
                    const model::Identity& identity);

// What a host grant's `principals` are for the attested `hostname`: sorted, unique.
// kInvalidArgument when a value is no host name, or text would be put around an address.
absl::StatusOr<std::vector<std::string>> ExpandHostNames(const HostCertificateRule& rule,
                                                         const std::string& hostname);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_EXPAND_H_
