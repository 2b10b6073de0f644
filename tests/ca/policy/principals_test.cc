#include "ca/policy/principals.h"

#include <algorithm>

#include "ca/model/principal.h"
#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Grant(const std::string& name, const std::string& hosts, const std::string& logins) {
  return "- {name: " + name + ", for: {realm: people}, user_certificate: {hosts: " + hosts +
         ", logins: " + logins + ", lifetime: {default: 1h, max: 1h}}}\n";
}

std::shared_ptr<const PolicySet> Policy() {
  return PolicyOf("grants:\n" + Grant("a", "{env: production}", "[root, deploy]") +
                  Grant("b", "{env: production}", "[deploy, backup]") +
                  Grant("c", "{env: production, role: db}", "[\"${username}\", postgres]") +
                  Grant("d", "{env: staging}", "[\"${groups}\"]") +
                  Grant("e", "any", "[\"${username}\", www]") + "scoped_only: {env: production}\n");
}

TEST(ComputePrincipals, JoinsGrantsOfOneScope) {
  const PrincipalsMap map = ComputePrincipals(*Policy(), {{"env", "production"}, {"role", "web"}});
  ASSERT_EQ(map.scopes.size(), 1u);
  EXPECT_EQ(map.scopes[0].scope, (model::Labels{{"env", "production"}}));
  EXPECT_FALSE(map.scopes[0].any_login);
  EXPECT_THAT(map.scopes[0].logins, ElementsAre("backup", "deploy", "root"));
  EXPECT_FALSE(map.accept_plain);
}

TEST(ComputePrincipals, HasEveryScopeWhoseLabelsTheHostHas) {
  const PrincipalsMap map =
      ComputePrincipals(*Policy(), {{"env", "production"}, {"role", "db"}, {"zone", "a"}});
  ASSERT_EQ(map.scopes.size(), 2u);
  EXPECT_EQ(map.scopes[1].scope, (model::Labels{{"env", "production"}, {"role", "db"}}));
  EXPECT_TRUE(map.scopes[1].any_login);
  EXPECT_THAT(map.scopes[1].logins, ElementsAre("postgres"));
}

TEST(ComputePrincipals, AcceptsPlainPrincipalsOutsideScopedOnly) {
  EXPECT_TRUE(ComputePrincipals(*Policy(), {{"env", "staging"}}).accept_plain);
  EXPECT_TRUE(ComputePrincipals(*Policy(), {}).accept_plain);
  EXPECT_THAT(ComputePrincipals(*Policy(), {}).scopes, IsEmpty());
  EXPECT_TRUE(ComputePrincipals(*PolicyOf("grants: []\n"), {{"env", "production"}}).accept_plain);
}

// The two ends must agree: what Decide gives for a named host is what that host accepts.
TEST(ComputePrincipals, AcceptsWhatDecideGivesForTheHost) {
  const auto policy = Policy();
  for (const model::Labels& labels :
       std::vector<model::Labels>{{},
                                  {{"env", "staging"}},
                                  {{"env", "production"}},
                                  {{"env", "production"}, {"role", "db"}},
                                  {{"role", "db"}}}) {
    const PrincipalsMap map = ComputePrincipals(*policy, labels);
    for (const std::string login : {"alice", "root", "deploy", "postgres", "www", "engineering"}) {
      Case c(Alice());
      c.NameTarget("h", labels);
      c.ask().logins = {login};
      const model::Decision decision = c.Decide(*policy);
      const auto* granted = std::get_if<model::Granted>(&decision);
      if (granted == nullptr) continue;
      ASSERT_EQ(granted->terms.principals.size(), 1u);
      ASSERT_OK_AND_ASSIGN(const model::PrincipalParts parts,
                           model::ParsePrincipal(granted->terms.principals[0]));
      bool accepted = parts.scope.empty() && map.accept_plain;
      for (const PrincipalsMap::Scope& scope : map.scopes) {
        const bool named = std::ranges::find(scope.logins, login) != scope.logins.end();
        accepted = accepted || (scope.scope == parts.scope && (scope.any_login || named));
      }
      EXPECT_TRUE(accepted) << Summary(decision);
    }
  }
}

}  // namespace
}  // namespace mayfly::policy
