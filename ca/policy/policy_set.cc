#include "ca/policy/policy_set.h"

#include <algorithm>
#include <utility>

namespace mayfly::policy {

PolicySet::PolicySet(Rules rules, std::string hash)
    : rules_(std::move(rules)), hash_(std::move(hash)) {
  for (size_t i = 0; i < rules_.grants.size(); ++i) {
    const Grant& grant = rules_.grants[i];
    by_name_.emplace(grant.name, i);
    (grant.user() != nullptr ? user_grants_ : host_grants_).in_order.push_back(i);
    if (grant.user() == nullptr) continue;
    for (const LoginRule& login : grant.user()->logins) {
      if (login.source == LoginSource::kLiteral) literal_logins_.insert(login.literal);
    }
  }
  for (Order* order : {&user_grants_, &host_grants_}) {
    order->defaults_first = order->in_order;
    // Not std::ranges': clang 14 cannot compile libstdc++'s subrange.
    std::stable_partition(order->defaults_first.begin(), order->defaults_first.end(),
                          [&](size_t i) { return rules_.grants[i].is_default; });
  }
}

const std::vector<size_t>& PolicySet::InOrder(ssh::CertificateKind kind) const {
  return (kind == ssh::CertificateKind::kUser ? user_grants_ : host_grants_).in_order;
}

const std::vector<size_t>& PolicySet::DefaultsFirst(ssh::CertificateKind kind) const {
  return (kind == ssh::CertificateKind::kUser ? user_grants_ : host_grants_).defaults_first;
}

const Grant* PolicySet::FindGrant(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &rules_.grants[found->second];
}

bool PolicySet::NamesLiterally(std::string_view login) const {
  return literal_logins_.contains(login);
}

bool HasLabels(const model::Labels& labels, const model::Labels& wanted) {
  return std::ranges::includes(labels, wanted);
}

}  // namespace mayfly::policy
