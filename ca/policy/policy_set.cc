#include "ca/policy/policy_set.h"

#include <algorithm>
#include <utility>

namespace mayfly::policy {

PolicySet::PolicySet(Rules rules, std::string hash)
    : rules_(std::move(rules)), hash_(std::move(hash)) {
  for (const Grant& grant : rules_.grants) {
    if (grant.user() == nullptr) continue;
    for (const LoginRule& login : grant.user()->logins) {
      if (login.source == LoginSource::kLiteral) literal_logins_.insert(login.literal);
    }
  }
}

bool PolicySet::NamesLiterally(std::string_view login) const {
  return literal_logins_.contains(login);
}

bool HasLabels(const model::Labels& labels, const model::Labels& wanted) {
  return std::ranges::includes(labels, wanted);
}

}  // namespace mayfly::policy
