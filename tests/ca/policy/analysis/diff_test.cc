#include "ca/policy/analysis/diff.h"

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "gmock/gmock.h"
#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kBefore[] = R"(
grants:
  - name: root
    for: {realm: people, groups: [sre]}
    user_certificate:
      hosts: {env: production}
      logins: [root]
      lifetime: {default: 30m, max: 1h}
    requires: {reason: true}
)";

std::string With(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

// "gain root on …: realm people, group x: up to 1h"
std::vector<std::string> Changes(const std::string& before, const std::string& now) {
  static constexpr std::string_view kKinds[] = {"gain", "more", "less", "loss"};
  std::vector<std::string> lines;
  for (const Change& change : Compare(*PolicyOf(before), *PolicyOf(now)).changes) {
    std::vector<std::string> principals;
    for (const Principal& principal : change.principals) principals.push_back(Describe(principal));
    lines.push_back(fmt::format("{} {}: {}: {}", kKinds[static_cast<size_t>(change.kind)],
                                fmt::join(principals, " + "), fmt::join(change.whom, " | "),
                                change.terms));
  }
  return lines;
}

TEST(Difference, OfAnotherGroupIsWhoIsInItAlone) {
  EXPECT_THAT(
      Changes(kBefore, With(kBefore, "[sre]", "[sre, dba]")),
      ElementsAre("gain root on hosts with env=production: realm people, group dba, not group sre: "
                  "up to 1h, needs a reason"));
  EXPECT_THAT(
      Changes(With(kBefore, "[sre]", "[sre, dba]"), kBefore),
      ElementsAre("loss root on hosts with env=production: realm people, group dba, not group sre: "
                  "up to 1h, needs a reason"));
}

TEST(Difference, OfTermsIsWhatChanges) {
  EXPECT_THAT(Changes(kBefore, With(kBefore, "max: 1h", "max: 2h")),
              ElementsAre("more root on hosts with env=production: realm people, group sre: "
                          "up to 2h instead of 1h"));
  EXPECT_THAT(Changes(kBefore, With(kBefore, "    requires: {reason: true}\n", "")),
              ElementsAre("more root on hosts with env=production: realm people, group sre: "
                          "needs no reason any more"));
}

TEST(Difference, OfADenialIsWhomItRefuses) {
  const std::string denied = std::string(kBefore) + R"(
denials:
  - {name: never, when: {groups: [contractors], logins: [root]}}
)";
  EXPECT_THAT(Changes(kBefore, denied),
              ElementsAre("loss root on hosts with env=production: realm people, group "
                          "contractors, group sre: up to 1h, needs a reason"));
  const Difference dropped = Compare(*PolicyOf(denied), *PolicyOf(kBefore));
  EXPECT_TRUE(dropped.widens());
  EXPECT_THAT(dropped.limits, ElementsAre("denial never is gone"));
  EXPECT_EQ(dropped.changes.size(), 1u);
}

TEST(Difference, OfANameThatIsListedIsThatItsOwnerLosesIt) {
  const std::string own = R"(
grants:
  - name: own
    for: {realm: people}
    user_certificate: {hosts: any, logins: ["${username}"], lifetime: {default: 1h, max: 1h}}
)";
  const std::string listed = own + R"(
  - name: deploy
    for: {realm: people, groups: [ops]}
    user_certificate: {hosts: {role: web}, logins: [deploy], lifetime: {default: 1h, max: 1h}}
)";
  EXPECT_THAT(
      Changes(own, listed),
      UnorderedElementsAre("gain deploy on hosts with role=web: realm people, group ops: up to 1h",
                           "loss deploy on any host: realm people, named deploy: up to 1h"));
}

TEST(Difference, OfHostsIsWhichNamesTheyGet) {
  const std::string hosts = R"(
grants:
  - name: hosts
    for: {authenticators: [join], labels: {role: web}}
    host_certificate: {principals: ["${hostname}"], lifetime: {default: 7d, max: 30d}}
)";
  EXPECT_THAT(
      Changes(hosts,
              With(hosts, "[\"${hostname}\"]", "[\"${hostname}\", \"${hostname}.example.com\"]")),
      ElementsAre("gain host name ${hostname}.example.com: authenticator join, label role = web, "
                  "named an ordinary host name: up to 30d",
                  "loss their attested host name: authenticator join, label role = web, named an "
                  "address: up to 30d"));
}

TEST(Difference, OfNetworksIsTheirDifference) {
  const std::string before = With(kBefore, "groups: [sre]", "networks: [10.0.0.0/8]");
  const std::string now = With(kBefore, "groups: [sre]", "networks: [10.1.0.0/16, 192.0.2.0/24]");
  EXPECT_THAT(Changes(before, now),
              ElementsAre("gain root on hosts with env=production: realm people, from "
                          "192.0.2.0/24: up to 1h, needs a reason",
                          "loss root on hosts with env=production: realm people, from the rest of "
                          "10.0.0.0/8: up to 1h, needs a reason"));
}

TEST(Difference, OfWordsAloneIsNone) {
  EXPECT_THAT(Changes(kBefore, With(kBefore, "- name: root", "- name: root-in-production")),
              IsEmpty());
}

}  // namespace
}  // namespace mayfly::policy
