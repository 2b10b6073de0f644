#include "ca/policy/rule_loader.h"

#include <algorithm>
#include <set>

#include "base/status.h"
#include "ca/model/principal.h"
#include "ca/policy/pattern.h"
#include "fmt/format.h"
#include "mayfly/v1/policy.pb.h"

namespace mayfly::policy {
namespace {

using document::ElementPath;
using document::FieldPath;
using document::Quote;

// Who is meant, of a grant or an operator rule. Groups and labels belong to a realm, and a network
// says nobody: without realm or authenticators, a rule would hold for whoever comes next.
Conditions LoadFor(const v1::PolicyConditions& message, const std::string& rule,
                   const LoadContext& context) {
  const std::string path = FieldPath(rule, "for");
  Conditions conditions = LoadConditions(message, path, context);
  if (!context.map.Contains(path)) {
    context.Add(rule, "this rule has no \"for\"; say whom it is for");
  } else if (conditions == Conditions()) {
    context.Add(path, "an empty \"for\" would match everybody; say whom the rule is for");
  } else if (conditions.authenticators.empty() && !conditions.realm) {
    context.Add(
        path,
        "groups, labels, claims, networks and times mean nobody on their own; say the realm "
        "or the "
        "authenticators they belong to");
  }
  return conditions;
}

void CheckBreakGlass(const Grant& grant, const std::string& rule, const LoadContext& context) {
  if (!grant.break_glass) return;
  const std::string path = FieldPath(rule, "break_glass");
  if (grant.user() == nullptr) {
    context.Add(path, "breaking the glass is for people; leave this out");
    return;
  }
  if (!grant.approvals.empty()) {
    context.Add(path, "a break-glass grant waits for nobody; leave out \"approvals\"");
  }
  if (!grant.requires_reason) {
    context.Add(path, "whoever breaks the glass says why; add requires: {reason: true}");
  }
  if (grant.is_default) context.Add(path, "nobody breaks the glass by default");
  if (grant.user()->lifetime.max > kMaxBreakGlass) {
    context.Add(FieldPath(FieldPath(FieldPath(rule, "user_certificate"), "lifetime"), "max"),
                "a break-glass certificate lasts at most 1h");
  }
}

void CheckConditionsOfKind(const Grant& grant, const std::string& rule,
                           const LoadContext& context) {
  const std::string path = FieldPath(rule, "for");
  if (grant.user() != nullptr && !grant.conditions.labels.empty()) {
    context.Add(FieldPath(path, "labels"),
                "only hosts have labels; which hosts a user may reach is said by "
                "user_certificate.hosts");
  }
  for (const std::string_view field : {"groups", "all_groups", "no_groups"}) {
    if (grant.host() == nullptr || !context.map.Contains(FieldPath(path, field))) continue;
    context.Add(FieldPath(path, field), "only people have groups; hosts have labels");
  }
  const std::string certificate =
      FieldPath(rule, grant.user() != nullptr ? "user_certificate" : "host_certificate");
  const Lifetime& lifetime =
      grant.user() != nullptr ? grant.user()->lifetime : grant.host()->lifetime;
  if (lifetime.end_with_hours && !grant.conditions.hours) {
    context.Add(FieldPath(FieldPath(certificate, "lifetime"), "end_with_hours"),
                "there are no hours to end with; say \"hours\" in \"for\"");
  }
  if (grant.host() != nullptr && context.map.Contains(FieldPath(rule, "requires"))) {
    context.Add(FieldPath(rule, "requires"),
                "a host gives no reasons and waits for nobody; leave this out");
  }
  CheckBreakGlass(grant, rule, context);
}

ApprovalRule LoadApproval(const v1::PolicyApproval& message, const std::string& path,
                          const LoadContext& context) {
  ApprovalRule rule;
  if (context.map.Contains(FieldPath(path, "count"))) rule.count = message.count();
  if (rule.count < 1 || rule.count > kMaxApprovals) {
    context.Add(FieldPath(path, "count"), fmt::format("expected 1 to {} people", kMaxApprovals));
  }
  if (message.has_from()) {
    const std::string from = FieldPath(path, "from");
    rule.from = LoadConditions(message.from(), from, context);
    if (*rule.from == Conditions()) {
      context.Add(from, "an empty \"from\" would let everybody approve; say who may");
    }
  }
  const auto read = [&](const google::protobuf::Duration& duration, const std::string& at) {
    const absl::Duration span = absl::Seconds(duration.seconds());
    if (span < absl::Minutes(1) || span > absl::Hours(7 * 24)) {
      context.Add(at, "expected 1m to 7d");
    }
    return span;
  };
  if (!message.has_within()) {
    context.Add(path, "\"within\" must be said: how long may approvals take? as in 30m");
  } else {
    rule.within = read(message.within(), FieldPath(path, "within"));
  }
  if (message.has_usable_for()) {
    rule.usable_for = read(message.usable_for(), FieldPath(path, "usable_for"));
  }
  return rule;
}

void LoadApprovals(const v1::PolicyRequirements& message, const std::string& path,
                   const LoadContext& context, Grant* grant) {
  const std::string approvals = FieldPath(path, "approvals");
  RefuseEmptyList(approvals, static_cast<size_t>(message.approvals_size()), context);
  if (static_cast<size_t>(message.approvals_size()) > kMaxApprovalRules) {
    context.Add(approvals, fmt::format("at most {} rules of approval", kMaxApprovalRules));
    return;
  }
  for (int i = 0; i < message.approvals_size(); ++i) {
    grant->approvals.push_back(LoadApproval(
        message.approvals(i), ElementPath(approvals, static_cast<size_t>(i)), context));
  }
}

void LoadRequirements(const v1::PolicyRequirements& message, const std::string& path,
                      const LoadContext& context, Grant* grant) {
  const std::string reason = FieldPath(path, "reason");
  grant->requires_reason = message.has_reason();
  LoadApprovals(message, path, context, grant);
  const std::string fresh = FieldPath(path, "authenticated_within");
  if (message.has_authenticated_within()) {
    grant->authenticated_within = absl::Seconds(message.authenticated_within().seconds());
    if (*grant->authenticated_within < absl::Minutes(1)) {
      context.Add(fresh, "expected at least 1m: a login and the request after it take a moment");
    }
  }
  if (!message.reason().has_value()) return;
  grant->reason_pattern = message.reason().value().pattern();
  context.AddIfError(FieldPath(reason, "pattern"), CheckPattern(grant->reason_pattern));
}

Permission PermissionOf(v1::PolicyPermission permission) {
  switch (permission) {
    case v1::POLICY_PERMISSION_READ_CERTIFICATES:
      return Permission::kReadCertificates;
    case v1::POLICY_PERMISSION_READ_DECISIONS:
      return Permission::kReadDecisions;
    case v1::POLICY_PERMISSION_APPLY_POLICY:
      return Permission::kApplyPolicy;
    case v1::POLICY_PERMISSION_APPROVE:
      return Permission::kApprove;
    case v1::POLICY_PERMISSION_MANAGE_USERS:
      return Permission::kManageUsers;
    default:
      return Permission::kCreateJoinTokens;
  }
}

void LoadKeyTypes(const v1::PolicyDenialConditions& message, const std::string& when,
                  const LoadContext& context, Denial* denial) {
  const std::string path = FieldPath(when, "key_types");
  RefuseEmptyList(path, static_cast<size_t>(message.key_types_size()), context);
  std::set<ssh::KeyType> types;
  for (int i = 0; i < message.key_types_size(); ++i) {
    if (types.insert(KeyTypeOf(message.key_types(i))).second) continue;
    context.Add(ElementPath(path, static_cast<size_t>(i)), "this type is in the list twice");
  }
  denial->key_types.assign(types.begin(), types.end());
}

}  // namespace

Grant LoadGrant(const v1::PolicyGrant& message, const std::string& path,
                const LoadContext& context) {
  Grant grant;
  grant.name = LoadName(message.name(), path, context);
  grant.description = LoadSentence(message.description(), FieldPath(path, "description"), context);
  grant.source = context.SourceOf(path);
  grant.conditions = LoadFor(message.for_(), path, context);
  grant.is_default = message.default_();
  grant.break_glass = message.break_glass();
  LoadRequirements(message.requires_(), FieldPath(path, "requires"), context, &grant);
  if (message.has_user_certificate() == message.has_host_certificate()) {
    context.Add(path, "a grant gives exactly one of user_certificate and host_certificate");
    return grant;
  }
  if (message.has_user_certificate()) {
    grant.certificate = LoadUserCertificate(message.user_certificate(),
                                            FieldPath(path, "user_certificate"), context);
  } else {
    grant.certificate = LoadHostCertificate(message.host_certificate(),
                                            FieldPath(path, "host_certificate"), context);
  }
  CheckConditionsOfKind(grant, path, context);
  return grant;
}

Denial LoadDenial(const v1::PolicyDenial& message, const std::string& path,
                  const LoadContext& context) {
  const std::string when = FieldPath(path, "when");
  Denial denial;
  denial.name = LoadName(message.name(), path, context);
  denial.source = context.SourceOf(path);
  denial.message = LoadSentence(message.message(), FieldPath(path, "message"), context);
  denial.conditions = LoadConditions(message.when(), when, context);
  denial.logins.assign(message.when().logins().begin(), message.when().logins().end());
  denial.hosts = LoadLabels(message.when().hosts(), FieldPath(when, "hosts"), context);
  LoadKeyTypes(message.when(), when, context, &denial);
  const std::string logins = FieldPath(when, "logins");
  RefuseEmptyList(logins, denial.logins.size(), context);
  RefuseRepeated(denial.logins, logins, context);
  for (size_t i = 0; i < denial.logins.size(); ++i) {
    context.AddIfError(ElementPath(logins, i), model::CheckLogin(denial.logins[i]));
  }
  if (!context.map.Contains(when)) {
    context.Add(path, "this denial has no \"when\"; say what it refuses");
  } else if (denial.conditions == Conditions() && denial.logins.empty() && denial.hosts.empty() &&
             denial.key_types.empty()) {
    context.Add(when, "an empty \"when\" would refuse everything; say what the denial refuses");
  }
  return denial;
}

namespace {

// Said always, so that nobody may make operators of people without a word about it in the policy.
ManagedGroups LoadManagedGroups(const v1::PolicyOperator& message, bool manages,
                                const std::string& rule, const LoadContext& context) {
  const std::string path = FieldPath(rule, "manage_groups");
  ManagedGroups managed;
  if (!context.map.Contains(path)) {
    if (manages) {
      context.Add(FieldPath(rule, "may"),
                  "manage-users puts people into groups; say which, as manage_groups: "
                  "[engineering], or any");
    }
    return managed;
  }
  if (!manages) {
    context.Add(path, "this rule manages nobody; add manage-users to \"may\", or leave this out");
  }
  managed.any = message.manage_groups().any();
  if (managed.any) return managed;
  const auto& items = message.manage_groups().groups().items();
  const std::vector<std::string> words(items.begin(), items.end());
  CheckWords(words, path, context);
  managed.groups = context.group_sets.Expand(words, path, context);
  std::ranges::sort(managed.groups);
  return managed;
}

}  // namespace

Operator LoadOperator(const v1::PolicyOperator& message, const std::string& path,
                      const LoadContext& context) {
  const std::string may = FieldPath(path, "may");
  Operator rule;
  rule.name = LoadName(message.name(), path, context);
  rule.source = context.SourceOf(path);
  rule.conditions = LoadFor(message.for_(), path, context);
  std::set<Permission> permissions;
  for (int i = 0; i < message.may_size(); ++i) {
    if (permissions.insert(PermissionOf(message.may(i))).second) continue;
    context.Add(ElementPath(may, i), "this permission is in the list twice");
  }
  if (permissions.empty()) {
    context.Add(context.map.Contains(may) ? may : path,
                "this rule gives no permission; say some in \"may\"");
  }
  rule.permissions.assign(permissions.begin(), permissions.end());
  rule.managed =
      LoadManagedGroups(message, permissions.contains(Permission::kManageUsers), path, context);
  return rule;
}

}  // namespace mayfly::policy
