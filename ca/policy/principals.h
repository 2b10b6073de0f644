// Which principals a host accepts, computed from policy and the host's labels.
#ifndef MAYFLY_CA_POLICY_PRINCIPALS_H_
#define MAYFLY_CA_POLICY_PRINCIPALS_H_

#include <string>
#include <vector>

#include "ca/model/subject.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

struct PrincipalsMap {
  // For each login of the list (or every login of the host, when any_login is set) the host accepts
  // model::MakePrincipal(scope, login).
  struct Scope {
    model::Labels scope;              // Never empty; the host has all of them.
    bool any_login = false;           // A placeholder or pattern may yield any name not reserved.
    std::vector<std::string> logins;  // Sorted, unique; those named, also as allow_reserved.
    friend bool operator==(const Scope&, const Scope&) = default;
  };
  std::vector<Scope> scopes;  // Sorted by scope, each once.
  bool accept_plain = true;   // Whether the login itself is a principal too; false for scoped_only.
  friend bool operator==(const PrincipalsMap&, const PrincipalsMap&) = default;
};

// Denials do not show here: they keep certificates from being made, not hosts from accepting them.
PrincipalsMap ComputePrincipals(const PolicySet& policy, const model::Labels& host_labels);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_PRINCIPALS_H_
