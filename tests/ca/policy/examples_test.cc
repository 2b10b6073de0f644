// The policies that `mayflyd init` copies say what their comments say.
#include "ca/policy/operators.h"
#include "tests/ca/policy/policy_world.h"
#include "tests/testing/paths.h"

namespace mayfly::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const PolicySet& Examples() {
  static const auto policy = LoadPolicySet(testing::SourcePath("policies")).value();
  return *policy;
}

Case In(std::vector<std::string> groups) {
  Case c(Alice());
  c.identity.groups = model::Fact<std::vector<std::string>>::Known(std::move(groups));
  return c;
}

TEST(ExamplePolicies, GiveAnEngineerHerOwnLoginByDefault) {
  EXPECT_EQ(Summary(In({"engineering"}).Decide(Examples())), "granted engineers [alice] 8h");
  EXPECT_EQ(Summary(In({"operators", "engineering"}).Decide(Examples())),
            "granted engineers [alice] 8h");
}

TEST(ExamplePolicies, GiveAHostItsName) {
  EXPECT_EQ(Summary(Case(Web1()).Decide(Examples())), "granted hosts [web1] 7d");
  Case address(Web1());
  address.identity.subject.name = address.request.hostname = "127.0.0.1";
  EXPECT_EQ(Summary(address.Decide(Examples())), "granted hosts [127.0.0.1] 7d");
}

TEST(ExamplePolicies, RefuseRootWithABound) {
  Case c = In({"operators", "engineering"});
  c.ask().logins = {"root"};
  EXPECT_EQ(Summary(c.Decide(Examples())),
            "denied grant engineers: no grant permits this; the nearest is engineers: it has no "
            "login root, only [alice]");
}

TEST(ExamplePolicies, GiveProductionRootToSreWithAReason) {
  Case c = In({"sre"});
  c.NameTarget("db1", {{"env", "production"}, {"role", "db"}});
  c.ask().logins = {"root"};
  EXPECT_THAT(Summary(c.Decide(Examples())), HasSubstr("it needs a reason: add --reason"));
  c.ask().reason = "disk full on db1";
  EXPECT_EQ(Summary(c.Decide(Examples())), "granted production-root [env=production/root] 30m");
  c.identity.groups = model::Fact<std::vector<std::string>>::Known({"sre", "contractors"});
  EXPECT_EQ(Summary(c.Decide(Examples())),
            "denied denial contractors-never-root: contractors use deploy");
}

TEST(ExamplePolicies, KeepPlainPrincipalsOutOfProduction) {
  Case c = In({"engineering"});
  c.NameTarget("db1", {{"env", "production"}, {"role", "db"}});
  c.ask().logins = {"alice"};
  EXPECT_THAT(Summary(c.Decide(Examples())), StartsWith("denied"));
}

TEST(ExamplePolicies, LetTheFirstOperatorDoEverything) {
  for (const Permission permission : AllPermissions()) {
    EXPECT_TRUE(May(Examples(), In({"operators"}).identity, permission, Peer("192.0.2.1"),
                    absl::FromUnixSeconds(1772442000), nullptr));
    EXPECT_FALSE(May(Examples(), In({"engineering"}).identity, permission, Peer("192.0.2.1"),
                     absl::FromUnixSeconds(1772442000), nullptr));
  }
  EXPECT_FALSE(May(Examples(), In({"security"}).identity, Permission::kApplyPolicy,
                   Peer("192.0.2.1"), absl::FromUnixSeconds(1772442000), nullptr));
}

}  // namespace
}  // namespace mayfly::policy
