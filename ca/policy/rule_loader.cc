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
  if (grant.host() != nullptr && grant.requires_reason) {
    context.Add(FieldPath(rule, "requires"), "a host gives no reasons; leave this out");
  }
}

void LoadRequirements(const v1::PolicyRequirements& message, const std::string& path,
                      const LoadContext& context, Grant* grant) {
  const std::string reason = FieldPath(path, "reason");
  grant->requires_reason = message.has_reason();
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
  return rule;
}

}  // namespace mayfly::policy
