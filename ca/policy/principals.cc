#include "ca/policy/principals.h"

#include <map>
#include <set>

namespace mayfly::policy {
namespace {

struct Accepted {
  bool any_login = false;
  std::set<std::string> logins;
};

void Accept(const UserCertificateRule& certificate, Accepted* accepted) {
  accepted->logins.insert(certificate.allow_reserved.begin(), certificate.allow_reserved.end());
  for (const LoginRule& rule : certificate.logins) {
    if (rule.source == LoginSource::kLiteral) {
      accepted->logins.insert(rule.literal);
    } else {
      accepted->any_login = true;
    }
  }
}

}  // namespace

PrincipalsMap ComputePrincipals(const PolicySet& policy, const model::Labels& host_labels) {
  std::map<model::Labels, Accepted> scopes;
  for (const Grant& grant : policy.grants()) {
    const UserCertificateRule* rule = grant.user();
    if (rule == nullptr || rule->hosts.empty() || !HasLabels(host_labels, rule->hosts)) continue;
    Accept(*rule, &scopes[rule->hosts]);
  }
  PrincipalsMap map;
  for (const auto& [labels, accepted] : scopes) {
    PrincipalsMap::Scope scope;
    scope.scope = labels;
    scope.any_login = accepted.any_login;
    scope.logins.assign(accepted.logins.begin(), accepted.logins.end());
    map.scopes.push_back(scope);
  }
  map.accept_plain = policy.scoped_only().empty() || !HasLabels(host_labels, policy.scoped_only());
  return map;
}

}  // namespace mayfly::policy
