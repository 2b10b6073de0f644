#include "ca/policy/operators.h"

#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

constexpr char kPolicy[] = R"(
operators:
  - {name: readers, for: {realm: people, groups: [security, sre]}, may: [read-certificates, read-decisions]}
  - {name: sre, for: {authenticators: [ssh-key], groups: [sre], networks: [10.0.0.0/8]}, may: [create-join-tokens, read-decisions]}
)";

model::Identity In(std::vector<std::string> groups) {
  model::Identity alice = Alice();
  alice.groups = model::Fact<std::vector<std::string>>::Known(std::move(groups));
  return alice;
}

TEST(May, IsNobodyByDefault) {
  std::string which;
  for (const Permission permission : AllPermissions()) {
    EXPECT_FALSE(May(*PolicyOf(kPolicy), Alice(), permission, Peer("10.1.1.1"),
                     absl::FromUnixSeconds(1772442000), &which));
    EXPECT_EQ(which, "no operator rule gives user:alice@people the permission " +
                         std::string(PermissionName(permission)));
    EXPECT_FALSE(May(PolicySet(Rules(), ""), Alice(), permission, Peer("10.1.1.1"),
                     absl::FromUnixSeconds(1772442000), nullptr));
  }
}

TEST(May, NamesTheFirstRuleThatGives) {
  const auto policy = PolicyOf(kPolicy);
  std::string which;
  EXPECT_TRUE(May(*policy, In({"sre"}), Permission::kReadDecisions, Peer("10.1.1.1"),
                  absl::FromUnixSeconds(1772442000), &which));
  EXPECT_EQ(which, "operator readers");
  EXPECT_TRUE(May(*policy, In({"sre"}), Permission::kCreateJoinTokens, Peer("10.1.1.1"),
                  absl::FromUnixSeconds(1772442000), &which));
  EXPECT_EQ(which, "operator sre");
  EXPECT_FALSE(May(*policy, In({"sre"}), Permission::kApplyPolicy, Peer("10.1.1.1"),
                   absl::FromUnixSeconds(1772442000), &which));
}

TEST(May, NeedsEveryConditionAndUnknownNeverHelps) {
  const auto policy = PolicyOf(kPolicy);
  const Permission create = Permission::kCreateJoinTokens;
  EXPECT_FALSE(May(*policy, In({"sre"}), create, Peer("192.0.2.1"),
                   absl::FromUnixSeconds(1772442000), nullptr));
  EXPECT_FALSE(May(*policy, In({"sre"}), create, model::Fact<IpAddress>::Unknown(),
                   absl::FromUnixSeconds(1772442000), nullptr));
  EXPECT_FALSE(May(*policy, In({"sre"}), create, model::Fact<IpAddress>::Absent(),
                   absl::FromUnixSeconds(1772442000), nullptr));
  model::Identity unknown = Alice();
  unknown.groups = model::Fact<std::vector<std::string>>::Unknown();
  EXPECT_FALSE(
      May(*policy, unknown, create, Peer("10.1.1.1"), absl::FromUnixSeconds(1772442000), nullptr));
  model::Identity other = In({"sre"});
  other.authenticator = "sso";
  EXPECT_FALSE(
      May(*policy, other, create, Peer("10.1.1.1"), absl::FromUnixSeconds(1772442000), nullptr));
}

TEST(May, LetsTheLocalIdentityDoEverything) {
  model::Identity local = Alice();
  local.proof = model::Proof::kLocal;
  std::string which;
  for (const Permission permission : AllPermissions()) {
    EXPECT_TRUE(May(PolicySet(Rules(), ""), local, permission, model::Fact<IpAddress>::Absent(),
                    absl::FromUnixSeconds(1772442000), &which));
    EXPECT_EQ(which, "local");
  }
}

TEST(May, IsNotFooledByAnAuthenticatorCalledLocal) {
  model::Identity fake = Alice();
  fake.authenticator = "local";
  EXPECT_FALSE(May(PolicySet(Rules(), ""), fake, Permission::kApplyPolicy, Peer("10.1.1.1"),
                   absl::FromUnixSeconds(1772442000), nullptr));
}

ManagedGroups ManagedIn(const std::string& policy, const model::Identity& identity) {
  return ManagedBy(*PolicyOf(policy), identity, Peer("10.1.1.1"),
                   absl::FromUnixSeconds(1772442000));
}

TEST(ManagedBy, IsWhatTheRulesThatHoldNameTogether) {
  const std::string policy = R"(
groups: {teams: [web, db]}
operators:
  - {name: a, for: {realm: people, groups: [leads]}, may: [manage-users], manage_groups: ["set:teams"]}
  - {name: b, for: {realm: people, groups: [hr]}, may: [manage-users], manage_groups: [staff, web]}
  - {name: c, for: {realm: people, groups: [root]}, may: [manage-users, approve], manage_groups: any}
  - {name: d, for: {realm: people, groups: [leads]}, may: [approve]}
)";
  EXPECT_THAT(ManagedIn(policy, In({"leads"})).groups, ::testing::ElementsAre("db", "web"));
  const ManagedGroups both = ManagedIn(policy, In({"leads", "hr"}));
  EXPECT_THAT(both.groups, ::testing::ElementsAre("db", "staff", "web"));
  EXPECT_TRUE(both.Contains("staff"));
  // Nobody makes operators of people by a rule that does not say so.
  EXPECT_FALSE(both.Contains("root"));
  EXPECT_FALSE(both.any);
  EXPECT_EQ(ManagedIn(policy, In({"nobody"})), ManagedGroups());
  EXPECT_FALSE(ManagedIn(policy, In({"nobody"})).Contains(""));
  EXPECT_TRUE(ManagedIn(policy, In({"hr", "root"})).Contains("whatever"));
  model::Identity local = Alice();
  local.proof = model::Proof::kLocal;
  EXPECT_TRUE(ManagedIn(policy, local).any);
}

TEST(PermissionName, IsWhatPoliciesWrite) {
  for (const Permission permission : AllPermissions()) {
    const char* groups = permission == Permission::kManageUsers ? ", manage_groups: any" : "";
    const auto policy = PolicyOf("operators: [{name: o, for: {realm: people}, may: [" +
                                 std::string(PermissionName(permission)) + "]" + groups + "}]\n");
    EXPECT_EQ(policy->operators().at(0).permissions, std::vector<Permission>{permission});
  }
}

}  // namespace
}  // namespace mayfly::policy
