#include "ca/policy/operators.h"

#include <algorithm>
#include <set>

#include "ca/policy/conditions.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

bool Holds(const Conditions& conditions, const Caller& caller) {
  Findings findings(Depth::kVerdict);
  EvaluateConditions(conditions, caller, &findings);
  return findings.not_held() == 0;
}

bool Gives(const Operator& rule, const Caller& caller, Permission permission) {
  return std::ranges::find(rule.permissions, permission) != rule.permissions.end() &&
         Holds(rule.conditions, caller);
}

// The first rule that gives the permission to `identity`.
const Operator* FindOperator(const PolicySet& policy, const Caller& caller, Permission permission) {
  const auto found = std::ranges::find_if(
      policy.operators(), [&](const Operator& rule) { return Gives(rule, caller, permission); });
  return found == policy.operators().end() ? nullptr : &*found;
}

}  // namespace

std::string_view PermissionName(Permission permission) {
  switch (permission) {
    case Permission::kCreateJoinTokens:
      return "create-join-tokens";
    case Permission::kReadCertificates:
      return "read-certificates";
    case Permission::kReadDecisions:
      return "read-decisions";
    case Permission::kApplyPolicy:
      return "apply-policy";
    case Permission::kApprove:
      return "approve";
    case Permission::kManageUsers:
      return "manage-users";
  }
  return "unknown";
}

const std::vector<Permission>& AllPermissions() {
  static const auto& all = *new std::vector<Permission>{
      Permission::kCreateJoinTokens, Permission::kReadCertificates, Permission::kReadDecisions,
      Permission::kApplyPolicy,      Permission::kApprove,          Permission::kManageUsers};
  return all;
}

bool May(const PolicySet& policy, const model::Identity& identity, Permission permission,
         const model::Fact<IpAddress>& peer, absl::Time now, std::string* which) {
  std::string ignored;
  std::string& answer = which == nullptr ? ignored : *which;
  if (identity.proof == model::Proof::kLocal) {
    answer = "local";
    return true;
  }
  const Operator* rule = FindOperator(policy, Caller(identity, peer, now), permission);
  answer = rule != nullptr
               ? "operator " + rule->name
               : fmt::format("no operator rule gives {} the permission {}",
                             Shown(identity.subject.ToString()), PermissionName(permission));
  return rule != nullptr;
}

ManagedGroups ManagedBy(const PolicySet& policy, const model::Identity& identity,
                        const model::Fact<IpAddress>& peer, absl::Time now) {
  ManagedGroups managed;
  managed.any = identity.proof == model::Proof::kLocal;
  if (managed.any) return managed;
  const Caller caller(identity, peer, now);
  std::set<std::string> groups;
  for (const Operator& rule : policy.operators()) {
    if (!Gives(rule, caller, Permission::kManageUsers)) continue;
    managed.any = managed.any || rule.managed.any;
    groups.insert(rule.managed.groups.begin(), rule.managed.groups.end());
  }
  if (!managed.any) managed.groups.assign(groups.begin(), groups.end());
  return managed;
}

}  // namespace mayfly::policy
