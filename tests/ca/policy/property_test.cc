// What holds for every decision, tried on many random policies, callers and requests. The generator
// is seeded: a failure repeats.
#include <algorithm>
#include <ctime>
#include <random>

#include "ca/model/principal.h"
#include "ca/policy/evaluation.h"
#include "ca/policy/inquiry.h"
#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

class World {
 public:
  explicit World(uint32_t seed) : random_(seed) {}

  bool Chance(int percent) { return std::uniform_int_distribution<>(1, 100)(random_) <= percent; }
  template <typename T>
  T OneOf(const std::vector<T>& values) {
    return values[std::uniform_int_distribution<size_t>(0, values.size() - 1)(random_)];
  }
  std::vector<std::string> Some(const std::vector<std::string>& values, int percent) {
    std::vector<std::string> some;
    for (const std::string& value : values) {
      if (Chance(percent)) some.push_back(value);
    }
    return some;
  }

  template <typename T>
  model::Fact<T> SomeFact(T value) {
    if (Chance(10)) return model::Fact<T>::Unknown();
    if (Chance(10)) return model::Fact<T>::Absent();
    return model::Fact<T>::Known(std::move(value));
  }
  model::Labels SomeLabels() {
    model::Labels labels;
    if (Chance(50)) labels["env"] = OneOf<std::string>({"staging", "production"});
    if (Chance(50)) labels["role"] = OneOf<std::string>({"web", "db"});
    return labels;
  }
  Hours SomeHours() {
    Hours hours;
    for (bool& day : hours.days) day = Chance(60);
    hours.days[0] = true;
    hours.begin_minute = OneOf<int>({0, 420, 540, 1320});
    hours.end_minute = OneOf<int>({360, 600, 1200, 1440});
    hours.zone = absl::UTCTimeZone();
    return hours;
  }
  Conditions SomeConditions() {
    Conditions conditions;
    if (Chance(70)) conditions.authenticators = {OneOf<std::string>({"ssh-key", "sso"})};
    if (Chance(50)) conditions.realm = "people";
    conditions.groups = Some({"engineering", "sre", "contractors"}, 30);
    if (Chance(20)) conditions.networks = {IpNetwork::Parse("10.0.0.0/8").value()};
    if (Chance(15)) conditions.all_groups = Some({"engineering", "sre", "contractors"}, 40);
    if (Chance(15)) conditions.no_groups = Some({"engineering", "sre", "contractors"}, 40);
    if (Chance(15)) conditions.claims["team"] = {OneOf<std::string>({"blue", "red"})};
    if (Chance(15)) conditions.claim_patterns["ref"] = {"refs/heads/*"};
    if (Chance(10)) conditions.hardware_proof = Chance(50);
    if (Chance(10)) conditions.hours = SomeHours();
    if (Chance(10)) conditions.since = absl::FromUnixSeconds(1772442000 - (Chance(50) ? 60 : -60));
    if (Chance(10))
      conditions.until = absl::FromUnixSeconds(1772442000 - (Chance(30) ? 60 : -6000));
    return conditions;
  }
  Grant SomeGrant(int number) {
    Grant grant;
    grant.name = "g" + std::to_string(number);
    grant.conditions = SomeConditions();
    grant.is_default = Chance(30);
    grant.requires_reason = Chance(20);
    UserCertificateRule rule;
    rule.hosts = SomeLabels();
    for (const std::string& login : Some({"deploy", "root", "alice"}, 30)) {
      rule.logins.push_back(LoginRule{LoginSource::kLiteral, login});
    }
    if (Chance(60)) rule.logins.push_back(LoginRule{LoginSource::kUsername, ""});
    if (Chance(40)) rule.logins.push_back(LoginRule{LoginSource::kGroups, ""});
    if (Chance(20)) rule.logins.push_back(LoginRule{LoginSource::kClaim, "unix"});
    if (Chance(20)) rule.logins.push_back(LoginRule{LoginSource::kPattern, "svc-*"});
    if (Chance(10)) rule.allow_reserved = {"daemon"};
    if (Chance(10)) rule.force_command_one_of = {"/bin/sh", "/bin/run *"};
    if (Chance(10)) rule.source_address_within = {IpNetwork::Parse("10.0.0.0/8").value()};
    if (Chance(10)) {
      rule.custom_extensions["login@github.com"] = ValueRule{ValueSource::kClaim, "unix"};
    }
    rule.lifetime.standard = absl::Minutes(OneOf<int>({1, 60, 600}));
    rule.lifetime.max = rule.lifetime.standard * OneOf<int>({1, 2, 10});
    rule.extensions = Some({"permit-port-forwarding", "permit-pty"}, 50);
    if (rule.force_command_one_of.empty() && Chance(20)) rule.force_command = "/bin/true";
    if (rule.source_address_within.empty() && Chance(20))
      rule.source_addresses = {IpNetwork::Parse("10.0.0.0/8").value()};
    grant.certificate = rule;
    return grant;
  }
  Denial SomeDenial(int number) {
    Denial denial;
    denial.name = "d" + std::to_string(number);
    denial.conditions = SomeConditions();
    denial.logins = Some({"deploy", "root", "alice"}, 30);
    if (Chance(30)) denial.hosts = SomeLabels();
    return denial;
  }
  Rules SomeRules() {
    Rules rules;
    for (int i = 0; i < 4; ++i) rules.grants.push_back(SomeGrant(i));
    for (int i = 0; i < 2; ++i) {
      if (Chance(30)) rules.denials.push_back(SomeDenial(i));
    }
    if (Chance(50)) rules.ceilings.user_lifetime = absl::Hours(OneOf<int>({1, 8, 24}));
    if (Chance(30)) rules.scoped_only = {{"env", "production"}};
    return rules;
  }
  Case SomeCase(const ssh::PublicKey& key) {
    model::Identity identity = Alice();
    identity.subject.name =
        OneOf<std::string>({"alice", "root", "deploy", "bob", "Eve", "a,b", "*"});
    identity.groups = Chance(10) ? model::Fact<std::vector<std::string>>::Unknown()
                                 : model::Fact<std::vector<std::string>>::Known(
                                       Some({"engineering", "sre", "contractors", "root", "daemon",
                                             "a,root", "*", "x y", "deploy", "env=production/root"},
                                            40));
    Case c(identity);
    c.request.key = key;
    if (Chance(60)) c.identity.claims["team"] = SomeFact(OneOf<std::string>({"blue", "red"}));
    if (Chance(60)) c.identity.claims["ref"] = SomeFact(OneOf<std::string>({"refs/heads/x", "x"}));
    if (Chance(60)) {
      c.identity.claims["unix"] = SomeFact(OneOf<std::string>({"alice", "root", "daemon", "a b"}));
    }
    c.identity.hardware = SomeFact(Chance(50));
    if (Chance(30)) c.identity.until = c.now + absl::Seconds(OneOf<int>({0, 1, 90, 100000}));
    if (Chance(20)) c.ask().grant = "g" + std::to_string(OneOf<int>({0, 1, 2, 9}));
    if (Chance(40)) c.ask().logins = Some({"alice", "bob", "root", "deploy", "*", "sre"}, 30);
    if (Chance(30)) c.ask().lifetime = absl::Seconds(OneOf<int>({-5, 0, 1, 60, 4000, 1000000}));
    if (Chance(50)) c.ask().reason = "why not";
    if (Chance(20)) c.ask().force_command = "/bin/sh";
    if (Chance(20)) c.ask().source_addresses = {IpNetwork::Parse("10.1.0.0/16").value()};
    if (Chance(20)) c.ask().extensions = Some({"permit-pty", "permit-user-rc"}, 50);
    if (Chance(30)) c.NameTarget("target", SomeLabels());
    if (Chance(5)) c.facts.target_labels = model::Fact<model::Labels>::Unknown();
    return c;
  }

 private:
  std::mt19937 random_;
};

const Grant& GrantOf(const PolicySet& policy, const std::string& name) {
  return *std::ranges::find(policy.grants(), name, &Grant::name);
}

bool Lists(const UserCertificateRule& rule, const std::string& login) {
  return std::ranges::any_of(rule.logins, [&](const LoginRule& listed) {
    return listed.source == LoginSource::kLiteral && listed.literal == login;
  });
}

void ExpectSound(const PolicySet& policy, const Case& c, const model::Terms& terms) {
  const Grant& grant = GrantOf(policy, terms.grant);
  const UserCertificateRule& rule = *grant.user();
  EXPECT_FALSE(terms.principals.empty());
  EXPECT_LE(terms.principals.size(), ssh::kMaxPrincipals);
  EXPECT_TRUE(std::ranges::is_sorted(terms.principals));
  for (const std::string& principal : terms.principals) {
    EXPECT_EQ(principal.find_first_of("*?, \t\n!"), std::string::npos) << principal;
    ASSERT_OK_AND_ASSIGN(const model::PrincipalParts parts, model::ParsePrincipal(principal));
    EXPECT_EQ(parts.scope, rule.hosts);
    if (model::IsReservedLogin(parts.login) || policy.NamesLiterally(parts.login)) {
      EXPECT_TRUE(Lists(rule, parts.login) || rule.allow_reserved.contains(parts.login))
          << principal;
    }
    if (!c.request.ask.logins.empty()) {
      EXPECT_NE(std::ranges::find(c.request.ask.logins, parts.login), c.request.ask.logins.end());
    }
  }
  EXPECT_GE(terms.lifetime, absl::Seconds(1));
  EXPECT_LE(terms.lifetime, rule.lifetime.max);
  EXPECT_LE(terms.lifetime, policy.ceilings().user_lifetime);
  EXPECT_LE(c.now + terms.lifetime, c.identity.until);
  EXPECT_TRUE(std::ranges::includes(rule.extensions, terms.extensions));
  EXPECT_TRUE(!rule.force_command || terms.force_command == rule.force_command);
  EXPECT_TRUE(rule.source_addresses.empty() || !terms.source_addresses.empty());
  EXPECT_TRUE(!grant.requires_reason || !c.request.ask.reason.empty());
  EXPECT_TRUE(rule.force_command_one_of.empty() || terms.force_command == "/bin/sh");
  EXPECT_TRUE(rule.source_address_within.empty() || !terms.source_addresses.empty());
  EXPECT_EQ(terms.custom_extensions.size(), rule.custom_extensions.size());
  EXPECT_LE(c.now + terms.lifetime, grant.conditions.until.value_or(absl::InfiniteFuture()));
}

bool IsGranted(const model::Decision& decision) {
  return std::holds_alternative<model::Granted>(decision);
}

// Makes one fact that is known unknown; false when `which` is none of the case's.
bool Forget(int which, Case* c) {
  switch (which) {
    case 0:
      c->identity.groups = model::Fact<std::vector<std::string>>::Unknown();
      return true;
    case 1:
      c->identity.hardware = model::Fact<bool>::Unknown();
      return true;
    case 2:
      c->request.peer = model::Fact<IpAddress>::Unknown();
      return true;
    case 3:
      if (c->request.ask.target_host)
        c->facts.target_labels = model::Fact<model::Labels>::Unknown();
      return c->request.ask.target_host.has_value();
    default:
      if (c->identity.claims.empty()) return false;
      c->identity.claims.begin()->second = model::Fact<std::string>::Unknown();
      return true;
  }
}

// Whether the grant by itself permits the request: what a request that names it is answered.
model::Decision DecideByName(const PolicySet& policy, Case c, const std::string& grant) {
  c.request.ask.grant = grant;
  return policy::Decide(policy, c.identity, c.request, c.facts, c.now, TraceDetail::kRelevant);
}

// Choosing among grants makes "more" a matter of which one; of a single named grant it is plain. So
// this holds for each grant by name.
TEST(DecideProperty, MakingAFactUnknownNeverAllowsMore) {
  World world(5);
  const ssh::PublicKey key = KeyOf(ssh::KeyType::kEd25519);
  int compared = 0;
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(i);
    const PolicySet policy(world.SomeRules(), "");
    const Case known = world.SomeCase(key);
    for (const Grant& grant : policy.grants()) {
      const model::Decision before = DecideByName(policy, known, grant.name);
      for (int which = 0; which < 5; ++which) {
        Case unknown = known;
        if (!Forget(which, &unknown)) continue;
        // A host that is not enrolled is any server, which a plain principal may open; one that is
        // known to be in scoped_only is not. Denials of hosts meet both.
        if (which == 3 && grant.user()->hosts.empty()) continue;
        const model::Decision after = DecideByName(policy, unknown, grant.name);
        if (!IsGranted(after)) continue;
        ++compared;
        ASSERT_TRUE(IsGranted(before)) << grant.name << " " << which;
        const auto& wide = std::get<model::Granted>(before).terms.principals;
        const auto& narrow = std::get<model::Granted>(after).terms.principals;
        EXPECT_TRUE(std::ranges::includes(wide, narrow));
      }
    }
  }
  EXPECT_GT(compared, 100);
}

TEST(DecideProperty, OneMoreConditionNeverAllowsMore) {
  World world(6);
  const ssh::PublicKey key = KeyOf(ssh::KeyType::kEd25519);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(i);
    const Rules rules = world.SomeRules();
    Rules stricter = rules;
    Conditions& conditions = stricter.grants[0].conditions;
    const Conditions more = world.SomeConditions();
    if (conditions.groups.empty()) conditions.groups = more.groups;
    if (conditions.no_groups.empty()) conditions.no_groups = more.no_groups;
    if (conditions.all_groups.empty()) conditions.all_groups = more.all_groups;
    if (conditions.networks.empty()) conditions.networks = more.networks;
    if (conditions.claims.empty()) conditions.claims = more.claims;
    if (conditions.claim_patterns.empty()) conditions.claim_patterns = more.claim_patterns;
    if (!conditions.hardware_proof) conditions.hardware_proof = more.hardware_proof;
    if (!conditions.hours) conditions.hours = more.hours;
    if (!conditions.since) conditions.since = more.since;
    const Case c = world.SomeCase(key);
    const bool before = IsGranted(DecideByName(PolicySet(rules, ""), c, "g0"));
    const bool after = IsGranted(DecideByName(PolicySet(stricter, ""), c, "g0"));
    EXPECT_TRUE(before || !after);
    refused += before && !after;
  }
  EXPECT_GT(refused, 5);  // Or this tries nothing.
}

// Without the grant that was chosen, the next one may be; each of those could have been had by its
// name before. Only a name that a literal login kept from placeholders may become free: such a
// login is compared with the set as it was.
TEST(DecideProperty, OneGrantLessNeverAllowsWhatNoGrantAllowed) {
  World world(7);
  const ssh::PublicKey key = KeyOf(ssh::KeyType::kEd25519);
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(i);
    const Rules rules = world.SomeRules();
    Rules fewer = rules;
    fewer.grants.erase(fewer.grants.begin());
    const PolicySet before(rules, "");
    const PolicySet after(fewer, "");
    const Case c = world.SomeCase(key);
    for (const Grant& grant : fewer.grants) {
      const model::Decision now = DecideByName(after, c, grant.name);
      if (!IsGranted(now)) continue;
      bool freed = false;
      for (const LoginRule& login : rules.grants[0].user()->logins) {
        freed = freed ||
                (login.source == LoginSource::kLiteral && !after.NamesLiterally(login.literal));
      }
      EXPECT_TRUE(freed || IsGranted(DecideByName(before, c, grant.name)));
    }
  }
}

TEST(DecideProperty, TheVerdictIsTheSameHoweverMuchIsTold) {
  World world(8);
  const ssh::PublicKey key = KeyOf(ssh::KeyType::kEd25519);
  for (int i = 0; i < 400; ++i) {
    SCOPED_TRACE(i);
    const PolicySet policy(world.SomeRules(), "");
    const Case c = world.SomeCase(key);
    EXPECT_EQ(Summary(c.Decide(policy)),
              Summary(policy::Decide(policy, c.identity, c.request, c.facts, c.now,
                                     TraceDetail::kRelevant)));
  }
}

// The nearest grant as a look at all of them, whole, finds it.
std::string NearestByForce(const PolicySet& policy, const Case& c) {
  const Inquiry inquiry(policy, c.identity, c.request, c.facts, c.now);
  std::optional<std::pair<size_t, bool>> least;
  std::string nearest;
  for (const size_t place : c.request.ask.target_host
                                ? policy.InOrder(ssh::CertificateKind::kUser)
                                : policy.DefaultsFirst(ssh::CertificateKind::kUser)) {
    const Evaluation evaluation = Evaluate(policy.grants()[place], inquiry, Depth::kText);
    const std::pair<size_t, bool> distance(evaluation.failures(), !evaluation.applies());
    if (least && *least <= distance) continue;
    least = distance;
    nearest = evaluation.grant->name;
  }
  return nearest;
}

TEST(DecideProperty, ARefusalNamesTheGrantThatFailsLeast) {
  World world(10);
  const ssh::PublicKey key = KeyOf(ssh::KeyType::kEd25519);
  int refused = 0;
  for (int i = 0; i < 600; ++i) {
    SCOPED_TRACE(i);
    const PolicySet policy(world.SomeRules(), "");
    Case c = world.SomeCase(key);
    c.request.ask.grant.reset();
    for (const TraceDetail detail : {TraceDetail::kAll, TraceDetail::kRelevant}) {
      const model::Decision decision =
          policy::Decide(policy, c.identity, c.request, c.facts, c.now, detail);
      const auto* denied = std::get_if<model::Denied>(&decision);
      if (denied == nullptr || !denied->message.starts_with("no grant permits this")) continue;
      ++refused;
      EXPECT_THAT(denied->message, ::testing::StartsWith("no grant permits this; the nearest is " +
                                                         NearestByForce(policy, c) + ":"));
    }
  }
  EXPECT_GT(refused, 200);
}

double CpuSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The cheapest of some decisions over `grants` grants, of which none permits: all are looked at.
double SecondsOver(int grants, const Case& c) {
  World world(9);
  Rules rules;
  for (int i = 0; i < grants; ++i) {
    rules.grants.push_back(world.SomeGrant(i));
    rules.grants.back().conditions.networks = {IpNetwork::Parse("203.0.113.0/24").value()};
  }
  const PolicySet policy(std::move(rules), "");
  double least = 1e9;
  for (int i = 0; i < 7; ++i) {
    const double start = CpuSeconds();
    const model::Decision decision =
        policy::Decide(policy, c.identity, c.request, c.facts, c.now, TraceDetail::kRelevant);
    least = std::min(least, CpuSeconds() - start);
    EXPECT_TRUE(std::holds_alternative<model::Denied>(decision));
  }
  return least;
}

// Eight times the set takes eight times as long, give or take what machines do; were it its square,
// it would be sixty-four.
TEST(DecideProperty, EndsInTimeLinearInTheSet) {
  Case c(Alice());
  c.ask().logins = {"deploy"};
  SecondsOver(500, c);  // Warm.
  const double some = SecondsOver(500, c);
  EXPECT_LT(SecondsOver(4000, c), 24 * some);
}

TEST(DecideProperty, WhatIsGrantedIsSoundAndADenialMoreNeverGrantsMore) {
  World world(20261123);
  const ssh::PublicKey key = KeyOf(ssh::KeyType::kEd25519);
  int granted = 0;
  for (int i = 0; i < 600; ++i) {
    SCOPED_TRACE(i);
    const Rules rules = world.SomeRules();
    const PolicySet policy(rules, "");
    Rules stricter = rules;
    stricter.denials.insert(
        stricter.denials.begin() + (world.Chance(50) ? 0 : static_cast<int>(rules.denials.size())),
        world.SomeDenial(9));
    const PolicySet with_denial(stricter, "");
    for (int j = 0; j < 4; ++j) {
      const Case c = world.SomeCase(key);
      const model::Decision decision = c.Decide(policy);
      const model::Decision again = c.Decide(policy);
      EXPECT_TRUE(decision == again);
      const auto* terms = std::get_if<model::Granted>(&decision);
      const model::Decision denied_more = c.Decide(with_denial);
      if (const auto* still = std::get_if<model::Granted>(&denied_more)) {
        ASSERT_NE(terms, nullptr);
        EXPECT_TRUE(still->terms == terms->terms);
      }
      if (terms == nullptr) {
        EXPECT_FALSE(std::get<model::Denied>(decision).message.empty());
        continue;
      }
      ++granted;
      ExpectSound(policy, c, terms->terms);
    }
  }
  EXPECT_GT(granted, 100);  // Or this tries nothing.
}

}  // namespace
}  // namespace mayfly::policy
