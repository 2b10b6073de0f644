#include "tests/ca/policy/analysis/generated_policy.h"

#include <algorithm>

namespace mayfly::policy {

std::vector<std::string> Generator::Some(const std::vector<std::string>& values, int percent) {
  std::vector<std::string> some;
  for (const std::string& value : values) {
    if (Chance(percent)) some.push_back(value);
  }
  return some;
}

model::Labels Generator::SomeLabels() {
  model::Labels labels;
  if (Chance(40)) labels["env"] = OneOf<std::string>({"staging", "production"});
  if (Chance(30)) labels["role"] = OneOf<std::string>({"web", "db"});
  return labels;
}

Hours Generator::SomeHours() {
  Hours hours;
  for (bool& day : hours.days) day = Chance(60);
  hours.days[static_cast<size_t>(Number(0, 6))] = true;
  hours.begin_minute = 60 * Number(0, 23);
  hours.end_minute = 60 * Number(1, 24);
  if (hours.end_minute == hours.begin_minute) hours.end_minute = 1440;
  if (hours.end_minute == hours.begin_minute) hours.begin_minute = 0;
  absl::LoadTimeZone(OneOf<std::string>({"UTC", "Europe/Berlin", "America/New_York"}), &hours.zone);
  return hours;
}

Conditions Generator::SomeConditions() {
  Conditions conditions;
  if (Chance(50)) conditions.authenticators = {OneOf<std::string>({"ssh-key", "sso"})};
  if (Chance(40)) conditions.realm = OneOf<std::string>({"people", "partners"});
  conditions.groups = Some({"engineering", "sre", "contractors"}, 25);
  if (Chance(10)) conditions.all_groups = Some({"engineering", "sre"}, 60);
  if (Chance(10)) conditions.no_groups = {"contractors"};
  if (Chance(15)) conditions.claims["team"] = Some({"a", "b/c"}, 60);
  if (conditions.claims["team"].empty()) conditions.claims.erase("team");
  if (Chance(10)) {
    conditions.claim_patterns["team"] = {OneOf<std::string>({"b/*", "**/c", "a#", "*"})};
  }
  if (Chance(15)) conditions.hours = SomeHours();
  if (Chance(10)) conditions.hardware_proof = Chance(70);
  if (Chance(10)) conditions.since = absl::FromUnixSeconds(1767614400 + 86400 * Number(0, 9));
  if (Chance(10)) conditions.until = absl::FromUnixSeconds(1767614400 + 86400 * Number(5, 15));
  if (Chance(20)) {
    conditions.networks = {
        IpNetwork::Parse(OneOf<std::string>({"10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"}))
            .value()};
  }
  return conditions;
}

Grant Generator::SomeGrant(int number) {
  Grant grant;
  grant.name = "g" + std::to_string(number);
  grant.source = "generated.yaml:" + std::to_string(number);
  grant.conditions = SomeConditions();
  grant.is_default = Chance(40);
  grant.requires_reason = Chance(20);
  UserCertificateRule rule;
  rule.hosts = SomeLabels();
  for (const std::string& login : Some({"deploy", "root", "alice"}, 30)) {
    rule.logins.push_back(LoginRule{LoginSource::kLiteral, login});
  }
  if (Chance(30)) rule.logins.push_back(LoginRule{LoginSource::kGroups, ""});
  if (Chance(20)) rule.logins.push_back(LoginRule{LoginSource::kPattern, "svc-*"});
  if (Chance(10)) rule.logins.push_back(LoginRule{LoginSource::kPattern, "svc-web*"});
  if (Chance(10)) rule.allow_reserved = {OneOf<std::string>({"root", "deploy"})};
  if (Chance(40) || rule.logins.empty()) {
    rule.logins.push_back(LoginRule{LoginSource::kUsername, ""});
  }
  rule.lifetime.standard = absl::Minutes(OneOf<int>({1, 60, 600}));
  rule.lifetime.max = rule.lifetime.standard * OneOf<int>({1, 2, 10});
  rule.extensions = Some({"permit-port-forwarding", "permit-pty"}, 50);
  if (Chance(20)) rule.force_command = OneOf<std::string>({"/bin/true", "/bin/date"});
  if (Chance(20)) rule.source_addresses = {IpNetwork::Parse("10.0.0.0/8").value()};
  if (!rule.force_command && Chance(10)) {
    rule.force_command_one_of = Some({"/bin/date", "/bin/echo *"}, 60);
  }
  if (rule.source_addresses.empty() && Chance(10)) {
    rule.source_address_within = {IpNetwork::Parse("10.0.0.0/8").value()};
  }
  if (Chance(10)) rule.custom_extensions["x@y.z"] = ValueRule{ValueSource::kClaim, "team"};
  rule.lifetime.end_with_hours = grant.conditions.hours.has_value() && Chance(30);
  if (grant.requires_reason && Chance(40)) grant.reason_pattern = "OPS-#";
  if (Chance(15)) {
    ApprovalRule& rule_of_approval = grant.approvals.emplace_back();
    rule_of_approval.count = static_cast<uint32_t>(Number(1, 2));
    rule_of_approval.from.emplace().groups = {OneOf<std::string>({"leads", "security"})};
    rule_of_approval.within = absl::Minutes(30);
  }
  if (Chance(10)) grant.authenticated_within = absl::Minutes(OneOf<int>({5, 60}));
  grant.break_glass = grant.requires_reason && grant.approvals.empty() && Chance(20);
  if (Chance(20)) rule.keys.types = {ssh::KeyType::kEd25519, ssh::KeyType::kRsa};
  if (Chance(20)) rule.keys.min_rsa_bits = 4096;
  grant.certificate = rule;
  return grant;
}

Denial Generator::SomeDenial(int number) {
  Denial denial;
  denial.name = "d" + std::to_string(number);
  denial.source = "generated.yaml:" + std::to_string(100 + number);
  denial.conditions = SomeConditions();
  denial.logins = Some({"deploy", "root", "alice"}, 30);
  if (Chance(30)) denial.hosts = SomeLabels();
  if (Chance(15)) denial.key_types = {ssh::KeyType::kRsa, ssh::KeyType::kEcdsaP256};
  return denial;
}

Rules Generator::SomeRules() {
  Rules rules;
  const int grants = Number(1, 5);
  for (int i = 0; i < grants; ++i) rules.grants.push_back(SomeGrant(i));
  for (int i = 0; i < 2; ++i) {
    if (Chance(40)) rules.denials.push_back(SomeDenial(i));
  }
  if (Chance(50)) rules.ceilings.user_lifetime = absl::Hours(OneOf<int>({1, 8, 24}));
  if (Chance(30)) rules.scoped_only = {{"env", "production"}};
  return rules;
}

Rules Generator::Changed(Rules rules) {
  if (Chance(40)) rules.grants.push_back(SomeGrant(7));
  if (Chance(30)) rules.grants.erase(rules.grants.begin());
  if (Chance(30)) rules.denials.push_back(SomeDenial(7));
  if (Chance(30) && !rules.denials.empty()) rules.denials.erase(rules.denials.begin());
  if (Chance(30)) rules.ceilings.user_lifetime = absl::Hours(OneOf<int>({1, 8, 24}));
  for (Grant& grant : rules.grants) {
    if (Chance(20)) grant.conditions = SomeConditions();
    if (Chance(10)) {
      grant.requires_reason = !grant.requires_reason;
      grant.reason_pattern.clear();
    }
    if (Chance(10)) std::get<UserCertificateRule>(grant.certificate).force_command.reset();
  }
  if (Chance(20)) std::ranges::reverse(rules.grants);
  return rules;
}

}  // namespace mayfly::policy
