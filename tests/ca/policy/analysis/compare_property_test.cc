// What the analyses say of regions is what Decide says of their members, tried on many random sets.
#include <algorithm>
#include <set>

#include "ca/policy/analysis/diff.h"
#include "ca/policy/analysis/explain.h"
#include "ca/policy/analysis/lint.h"
#include "gtest/gtest.h"
#include "tests/ca/policy/analysis/generated_policy.h"

namespace mayfly::policy {
namespace {

using Kind = Principal::Kind;

std::vector<size_t> SomePoint(Generator* generator, const Universe& universe) {
  std::vector<size_t> point;
  for (const Dimension& dimension : universe.dimensions()) {
    point.push_back(
        static_cast<size_t>(generator->Number(0, static_cast<int>(dimension.atoms.size()) - 1)));
  }
  return point;
}

// The logins that could be asked for by someone there, and what the analyses call them.
std::map<std::string, Principal> LoginsOf(const Situation& situation, const Universe& universe) {
  std::map<std::string, Principal> logins;
  for (const Atom& name : universe.names()) {
    if (!name.other) logins[name.value] = Principal{Kind::kLogin, {}, name.value, name.like};
  }
  for (const Dimension& dimension : universe.dimensions()) {
    if (dimension.kind == DimensionKind::kGroup && dimension.name != kAnotherGroup) {
      const Atom* name = universe.FindName(dimension.name);
      logins[dimension.name] =
          Principal{Kind::kLogin, {}, dimension.name, name == nullptr ? "" : name->like};
    }
  }
  logins["root"] = Principal{Kind::kLogin, {}, "root", ""};
  const std::string& own = situation.identity.subject.name;
  if (!logins.contains(own)) logins[own] = Principal{Kind::kOwnName, {}, "", ""};
  if (!logins.contains("some-other-group")) {
    logins["some-other-group"] = Principal{Kind::kGroupName, {}, "", ""};
  }
  for (const auto& [claim, value] : situation.identity.claims) {
    if (!value.known() || value.value().empty() || logins.contains(value.value())) continue;
    logins[value.value()] = Principal{Kind::kClaimName, {}, claim, ""};
  }
  return logins;
}

// A text that a pattern of reasons or commands matches.
std::string Filled(std::string pattern) {
  for (char& c : pattern) c = c == '#' ? '1' : c == '*' ? 'x' : c;
  return pattern;
}

bool Grants(const PolicySet& policy, Situation situation, const Grant& grant,
            const std::string& login, absl::Duration lifetime, bool reason) {
  situation.request.ask.grant = grant.name;
  situation.request.ask.logins = {login};
  const UserCertificateRule& rule = *grant.user();
  const bool ends = grant.conditions.until || rule.lifetime.end_with_hours;
  if (!ends) situation.request.ask.lifetime = lifetime;
  if (reason) situation.request.ask.reason = "because " + Filled(grant.reason_pattern);
  if (!rule.force_command_one_of.empty()) {
    situation.request.ask.force_command = Filled(rule.force_command_one_of.front());
  }
  if (!rule.source_address_within.empty()) {
    situation.request.ask.source_addresses = {rule.source_address_within.front()};
  }
  situation.identity.authenticated_at = situation.now;
  // What lacks nothing but approval is given, on terms that say so.
  return !std::holds_alternative<model::Denied>(Decide(policy, situation));
}

// The allowances of a principal at one point.
std::vector<const Allowance*> At(const std::vector<Allowance>& allowances,
                                 const std::vector<size_t>& point) {
  std::vector<const Allowance*> at;
  for (const Allowance& allowance : allowances) {
    if (allowance.region.Has(point)) at.push_back(&allowance);
  }
  return at;
}

TEST(AccessProperty, IsWhatDecideGrants) {
  Generator generator(20261125);
  int granted = 0, refused = 0;
  for (int i = 0; i < 50; ++i) {
    SCOPED_TRACE(i);
    const PolicySet policy(generator.SomeRules(), "");
    const Universe universe = Universe::Of({&policy}, /*for_user=*/true);
    const Access access(policy, universe);
    std::map<Principal, std::vector<Allowance>> cache;
    for (int j = 0; j < 6; ++j) {
      const Situation situation = universe.Represent(SomePoint(&generator, universe));
      const std::vector<size_t> point = universe.Locate(situation);
      for (auto& [login, principal] : LoginsOf(situation, universe)) {
        for (const Grant& grant : policy.grants()) {
          Principal scoped = principal;
          scoped.scope = grant.user()->hosts;
          auto found_before = cache.find(scoped);
          if (found_before == cache.end()) {
            found_before = cache.emplace(scoped, access.AllowancesOf(scoped)).first;
          }
          const auto& allowances = found_before->second;
          const auto at = At(allowances, point);
          const auto found = std::ranges::find(at, &grant, &Allowance::grant);
          const Offer offer = OfferOf(grant, policy.ceilings());
          ASSERT_EQ(Grants(policy, situation, grant, login, offer.lifetime, /*reason=*/true),
                    found != at.end())
              << login << " by " << grant.name;
          if (found == at.end()) {
            ++refused;
            continue;
          }
          ++granted;
          const bool ends = grant.conditions.until || grant.user()->lifetime.end_with_hours;
          EXPECT_TRUE(ends ||
                      !Grants(policy, situation, grant, login, offer.lifetime + absl::Seconds(1),
                              /*reason=*/true));
          EXPECT_EQ(Grants(policy, situation, grant, login, offer.lifetime, /*reason=*/false),
                    !offer.requires_reason);
        }
      }
    }
  }
  EXPECT_GT(granted, 100);  // Or this tries nothing.
  EXPECT_GT(refused, 100);
}

// By brute force: whether the set gives the login there on terms that no grant of the other has.
bool GivesBeyond(const PolicySet& policy, const PolicySet& other, const Situation& situation,
                 const std::string& login, const model::Labels& scope) {
  for (const Grant& grant : policy.grants()) {
    if (grant.user()->hosts != scope) continue;
    const Offer offer = OfferOf(grant, policy.ceilings());
    if (!Grants(policy, situation, grant, login, offer.lifetime, /*reason=*/true)) continue;
    const bool as_good = std::ranges::any_of(other.grants(), [&](const Grant& one) {
      const Offer theirs = OfferOf(one, other.ceilings());
      return one.user()->hosts == scope && AtLeast(theirs, offer) &&
             Grants(other, situation, one, login, theirs.lifetime, /*reason=*/true);
    });
    if (!as_good) return true;
  }
  return false;
}

bool Says(const Difference& difference, bool widens, const Principal& principal,
          const std::vector<size_t>& point) {
  return std::ranges::any_of(difference.changes, [&](const Change& change) {
    return change.for_user && change.widens() == widens &&
           std::ranges::find(change.principals, principal) != change.principals.end() &&
           change.region.Has(point);
  });
}

TEST(DifferenceProperty, IsWhatBruteForceFinds) {
  Generator generator(5);
  int gained = 0, lost = 0;
  for (int i = 0; i < 45; ++i) {
    SCOPED_TRACE(i);
    const Rules rules = generator.SomeRules();
    const PolicySet before(rules, ""), now(generator.Changed(rules), "");
    const Difference difference = Compare(before, now);
    ASSERT_FALSE(difference.inexact);
    const Universe& universe = *difference.users;
    for (int j = 0; j < 5; ++j) {
      const Situation situation = universe.Represent(SomePoint(&generator, universe));
      const std::vector<size_t> point = universe.Locate(situation);
      std::set<model::Labels> scopes;
      for (const Grant& grant : before.grants()) scopes.insert(grant.user()->hosts);
      for (const Grant& grant : now.grants()) scopes.insert(grant.user()->hosts);
      for (auto& [login, principal] : LoginsOf(situation, universe)) {
        for (const model::Labels& scope : scopes) {
          principal.scope = scope;
          const bool gains = GivesBeyond(now, before, situation, login, scope);
          const bool loses = GivesBeyond(before, now, situation, login, scope);
          gained += gains ? 1 : 0;
          lost += loses ? 1 : 0;
          EXPECT_EQ(Says(difference, /*widens=*/true, principal, point), gains)
              << Describe(principal);
          EXPECT_EQ(Says(difference, /*widens=*/false, principal, point), loses)
              << Describe(principal);
        }
      }
    }
  }
  EXPECT_GT(gained, 15);
  EXPECT_GT(lost, 15);
}

TEST(DifferenceProperty, IsNothingBetweenASetAndItself) {
  Generator generator(6);
  for (int i = 0; i < 40; ++i) {
    Rules rules = generator.SomeRules();
    const PolicySet before(rules, "");
    std::ranges::reverse(rules.grants);  // Order gives nobody more.
    const Difference difference = Compare(before, PolicySet(rules, ""));
    EXPECT_TRUE(difference.changes.empty()) << i;
    EXPECT_FALSE(difference.widens());
  }
}

TEST(ExplainProperty, AgreesWithDecide) {
  Generator generator(7);
  for (int i = 0; i < 50; ++i) {
    SCOPED_TRACE(i);
    const PolicySet policy(generator.SomeRules(), "");
    const Universe universe = Universe::Of({&policy}, /*for_user=*/true);
    for (int j = 0; j < 5; ++j) {
      Situation situation = universe.Represent(SomePoint(&generator, universe));
      if (generator.Chance(50)) situation.request.ask.reason = "because";
      if (generator.Chance(30)) situation.request.ask.logins = {"deploy"};
      if (generator.Chance(80)) situation.identity.authenticated_at = situation.now;
      const model::Decision decision = Decide(policy, situation);
      const Explanation explanation = Explain(policy, situation);
      EXPECT_TRUE(explanation.decision == decision);
      const auto permits =
          std::ranges::count(explanation.trace, "permits", &model::TraceStep::verdict);
      if (const auto* granted = std::get_if<model::Granted>(&decision)) {
        EXPECT_EQ(permits, 1);
        EXPECT_TRUE(explanation.nearest.empty());
        const auto step =
            std::ranges::find(explanation.trace, "permits", &model::TraceStep::verdict);
        EXPECT_EQ(step->rule, "grant " + granted->terms.grant);
      } else if (const auto* pending = std::get_if<model::Pending>(&decision)) {
        EXPECT_EQ(permits, 0);
        const auto step =
            std::ranges::find(explanation.trace, "waits for approval", &model::TraceStep::verdict);
        ASSERT_NE(step, explanation.trace.end());
        EXPECT_EQ(step->rule, "grant " + pending->terms.grant);
      } else if (!explanation.nearest.empty()) {
        for (const NearGrant& near : explanation.nearest) EXPECT_FALSE(near.missing.empty());
      }
    }
  }
}

// Nothing that check does not name depends on order.
TEST(OrderProperty, MattersOnlyWhereCheckSaysSo) {
  Generator generator(8);
  int swapped = 0;
  for (int i = 0; i < 60; ++i) {
    SCOPED_TRACE(i);
    const Rules rules = generator.SomeRules();
    const PolicySet policy(rules, "");
    std::vector<Lint> lint;
    LintOrder(policy, &lint);
    for (size_t first = 0; first + 1 < rules.grants.size(); ++first) {
      const std::string rule = "grant " + rules.grants[first].name;
      const std::string& next = rules.grants[first + 1].name;
      const bool named = std::ranges::any_of(lint, [&](const Lint& one) {
        return one.rule == rule && one.message.find(next) != std::string::npos;
      });
      if (named) continue;
      ++swapped;
      Rules other_rules = rules;
      std::swap(other_rules.grants[first], other_rules.grants[first + 1]);
      const PolicySet other(other_rules, "");
      const Universe universe = Universe::Of({&policy}, /*for_user=*/true);
      for (int j = 0; j < 20; ++j) {
        Situation situation = universe.Represent(SomePoint(&generator, universe));
        model::Ask& ask = situation.request.ask;
        if (generator.Chance(70)) ask.reason = "because";
        if (generator.Chance(50)) ask.logins = generator.Some({"deploy", "root", "alice"}, 40);
        if (generator.Chance(20)) ask.lifetime = absl::Hours(2);
        if (generator.Chance(80)) situation.identity.authenticated_at = situation.now;
        if (generator.Chance(50)) {
          ask.target_host = "host";
          situation.facts.target_labels = model::Fact<model::Labels>::Known(
              generator.OneOf<model::Labels>({{},
                                              {{"env", "staging"}},
                                              {{"env", "production"}, {"role", "db"}},
                                              {{"role", "web"}}}));
        }
        const model::Decision a = Decide(policy, situation);
        const model::Decision b = Decide(other, situation);
        ASSERT_EQ(a.index(), b.index());
        if (const auto* granted = std::get_if<model::Granted>(&a)) {
          EXPECT_TRUE(granted->terms == std::get<model::Granted>(b).terms);
        }
        if (const auto* pending = std::get_if<model::Pending>(&a)) {
          EXPECT_TRUE(pending->terms == std::get<model::Pending>(b).terms);
        }
      }
    }
  }
  EXPECT_GT(swapped, 15);
}

}  // namespace
}  // namespace mayfly::policy
