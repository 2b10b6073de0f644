#include "ca/policy/analysis/lint.h"

#include "base/text.h"
#include "ca/policy/analysis/sources.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "tests/ca/policy/policy_world.h"
#include "tests/testing/paths.h"

namespace mayfly::policy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Grant(const std::string& name, const std::string& conditions,
                  const std::string& certificate, const std::string& more = "") {
  return fmt::format(
      "  - name: {}\n    description: Some people get something.\n    for: {{{}}}\n"
      "    user_certificate: {{{}, lifetime: {{default: 1h, max: 1h}}}}\n{}",
      name, conditions, certificate, more);
}
constexpr char kOperators[] =
    "operators:\n  - {name: all, for: {realm: people}, may: [apply-policy]}\n";

// "check rule field: message"
std::vector<std::string> Found(const std::string& yaml, Severity severity = Severity::kWarning,
                               const Surroundings& surroundings = {}) {
  std::vector<std::string> found;
  for (const Lint& lint : FindLint(*PolicyOf(yaml + kOperators), surroundings)) {
    if (lint.severity != severity) continue;
    EXPECT_FALSE(lint.advice.empty());
    found.push_back(fmt::format("{} {} {}: {}", lint.check, lint.rule, lint.field, lint.message));
  }
  return found;
}

const std::string kOwn = "grants:\n" + Grant("own", "realm: people, groups: [eng]",
                                             "hosts: any, logins: [\"${username}\"]");

TEST(Lint, FindsNothingInAGoodSet) { EXPECT_THAT(Found(kOwn), IsEmpty()); }

TEST(Lint, FindsAGrantWithoutADescription) {
  EXPECT_THAT(Found("grants:\n  - name: x\n    for: {realm: people, groups: [a]}\n"
                    "    user_certificate: {hosts: {a: b}, logins: [x], lifetime: {default: 1h, "
                    "max: 1h}}\n"),
              ElementsAre(HasSubstr("no-description grant x")));
}

TEST(Lint, FindsAGrantThatDenialsLeaveNothingOf) {
  EXPECT_THAT(Found(kOwn + "denials:\n  - {name: none, when: {groups: [eng]}, message: no}\n"),
              ElementsAre("unreachable-grant grant own for: denials refuse everything that this "
                          "grant gives"));
}

TEST(Lint, FindsALoginThatDenialsRefuseToAll) {
  const std::string yaml =
      "grants:\n" +
      Grant("web", "realm: people, groups: [eng]", "hosts: {role: web}, logins: [deploy, admin]") +
      "denials:\n  - {name: none, when: {logins: [admin]}, message: no}\n";
  EXPECT_THAT(Found(yaml), ElementsAre(HasSubstr("unreachable-principal grant web")));
}

TEST(Lint, FindsADenialThatRefusesNothing) {
  EXPECT_THAT(Found("grants:\n" +
                    Grant("web", "realm: people, groups: [eng]", "hosts: {a: b}, logins: [web]") +
                    "denials:\n  - {name: none, when: {logins: [rooot]}, message: no}\n"),
              ElementsAre(HasSubstr("unreachable-denial denial none when")));
}

TEST(Lint, FindsAGrantThatAnEarlierOneMakesRedundant) {
  EXPECT_THAT(
      Found(kOwn + Grant("again", "realm: people, groups: [eng], networks: [10.0.0.0/8]",
                         "hosts: any, logins: [\"${username}\"]")),
      ElementsAre(HasSubstr("redundant-grant grant again : all that it gives is given before it")));
}

TEST(Lint, FindsNetworksThatRestrictNothing) {
  EXPECT_THAT(Found("grants:\n" + Grant("x", "realm: people, networks: [0.0.0.0/0]",
                                        "hosts: {a: b}, logins: [x]")),
              ElementsAre(HasSubstr("whole-internet grant x for.networks")));
}

TEST(Lint, FindsRootEverywhereAndForAll) {
  EXPECT_THAT(Found("grants:\n" + Grant("x", "realm: people", "hosts: any, logins: [root]")),
              ElementsAre(HasSubstr("reserved-anywhere grant x user_certificate.hosts"),
                          HasSubstr("reserved-for-all grant x for")));
}

TEST(Lint, FindsForwardingAroundAForcedCommand) {
  EXPECT_THAT(
      Found("grants:\n" + Grant("x", "realm: people, groups: [a]",
                                "hosts: {a: b}, logins: [x], extensions: "
                                "[permit-port-forwarding], critical_options: "
                                "{force_command: date}")),
      ElementsAre(HasSubstr("command-with-forwarding grant x user_certificate.extensions")));
}

TEST(Lint, FindsCeilingsAboveTheUsual) {
  EXPECT_THAT(Found(kOwn + "ceilings: {user_lifetime: 7d}\n"),
              ElementsAre(HasSubstr("high-ceiling ceilings user_lifetime: certificates may live "
                                    "for 7d")));
}

TEST(Lint, FindsNamesThatNobodyHas) {
  Surroundings surroundings;
  surroundings.groups = {"engineering"};
  surroundings.authenticators = {"ssh-key"};
  EXPECT_THAT(Found("grants:\n" + Grant("x", "authenticators: [sso], groups: [enginering]",
                                        "hosts: any, logins: [x]"),
                    Severity::kWarning, surroundings),
              ElementsAre(HasSubstr("no user is in group enginering"),
                          HasSubstr("no authenticator is called sso")));
}

TEST(Lint, FindsDefaultGrantsOfWhichTheOrderDecides) {
  const std::string a =
      Grant("a", "realm: people, groups: [a]", "hosts: any, logins: [x]", "    default: true\n");
  const std::string b =
      Grant("b", "realm: people, groups: [b]", "hosts: any, logins: [y]", "    default: true\n");
  EXPECT_THAT(Found("grants:\n" + a + b), ElementsAre(HasSubstr("order grant a default: both this "
                                                                "and [b] are default")));
  EXPECT_THAT(Found("grants:\n" + Grant("a", "realm: one", "hosts: any, logins: [x]") +
                        Grant("b", "realm: two", "hosts: any, logins: [x]"),
                    Severity::kNote),
              Not(Contains(HasSubstr("order"))));
}

TEST(Lint, FindsNothingInTheExamples) {
  const auto examples = LoadPolicySet(testing::SourcePath("policies"));
  ASSERT_OK(examples);
  for (const Lint& lint : FindLint(**examples, {})) {
    EXPECT_EQ(lint.severity, Severity::kNote) << lint.rule << ": " << lint.message;
  }
}

TEST(Sources, KnowWhereEveryFindingStands) {
  const std::vector<PolicyText> files = {{"a.yaml", kOwn}, {"b.yaml", kOperators}};
  const Sources sources = Sources::Of(files, "policies");
  EXPECT_EQ(sources.PlaceOf("grant own", ""), "policies/a.yaml:2");
  EXPECT_EQ(sources.PlaceOf("grant own", "groups"), "policies/a.yaml:4");
  EXPECT_EQ(sources.PlaceOf("grant own", "logins"), "policies/a.yaml:5");
  EXPECT_EQ(sources.PlaceOf("operator all", "realm"), "policies/b.yaml:2");
  EXPECT_EQ(sources.PlaceOf("built-in: banned subject", ""), "");
  EXPECT_EQ(sources.Render(sources.At("grant own", "for.groups", "look here")),
            "policies/a.yaml:4:34: look here\n"
            "      for: {realm: people, groups: [eng]}\n"
            "                                   ^");
}

}  // namespace
}  // namespace mayfly::policy
