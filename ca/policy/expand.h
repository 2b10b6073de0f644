// Placeholders: rules of logins and host names -> values.
#ifndef MAYFLY_CA_POLICY_EXPAND_H_
#define MAYFLY_CA_POLICY_EXPAND_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/policy/conditions.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// What a grant's `logins` are for one identity. A placeholder's value is one whole login or none:
// it is checked, never split, cut, folded or joined.
struct Logins {
  std::set<std::string> given;
  // Values that a placeholder did not yield, escaped and bounded, and why: "is reserved …".
  std::map<std::string, std::string> withheld;
  // A placeholder stands for something unknown, so it yields nothing: "your groups are unknown".
  std::string unknown;
  // Patterns of the rule: what they allow must be asked for by name.
  std::vector<std::string> patterns;
};
// `asked` are the logins that the request names: those that a pattern allows are given.
Logins ExpandLogins(const UserCertificateRule& rule, const PolicySet& policy, const Caller& caller,
                    const std::vector<std::string>& asked);
// Whether `unknown` of what ExpandLogins gives says something; cheap.
bool HasUnknownLogins(const UserCertificateRule& rule, const Caller& caller);
// Whether `login` is among what ExpandLogins gives when it is asked for; cheap.
bool YieldsLogin(const UserCertificateRule& rule, const PolicySet& policy, const Caller& caller,
                 const std::string& login);

// One value for a custom extension; kInvalidArgument, a clause as "the claim x is unknown", when
// there is none.
absl::StatusOr<std::string> ExpandValue(const ValueRule& rule, const Caller& caller);

// What a host grant's `principals` are for the attested `hostname`: sorted, unique.
// kInvalidArgument when a value is no host name, or text would be put around an address.
absl::StatusOr<std::vector<std::string>> ExpandHostNames(const HostCertificateRule& rule,
                                                         const std::string& hostname);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_EXPAND_H_
