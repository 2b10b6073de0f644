// Denials win, whatever the grants say.
#include <random>

#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGrants[] = R"(
grants:
  - name: staging
    for: {authenticators: [ssh-key], groups: [engineering]}
    user_certificate:
      hosts: {env: staging}
      logins: ["${username}", deploy, root]
      lifetime: {default: 8h, max: 16h}
  - name: web
    for: {authenticators: [ssh-key], groups: [engineering]}
    user_certificate:
      hosts: {role: web}
      logins: [www]
      lifetime: {default: 1h, max: 1h}
  - name: any
    for: {authenticators: [ssh-key], groups: [engineering]}
    user_certificate:
      hosts: any
      logins: ["${username}"]
      lifetime: {default: 1h, max: 1h}
  - name: hosts
    for: {authenticators: [join]}
    host_certificate:
      principals: ["${hostname}"]
      lifetime: {default: 7d, max: 30d}
)";

std::shared_ptr<const PolicySet> With(const std::string& denial, const std::string& more = "") {
  return PolicyOf(std::string(kGrants) + "denials:\n  - {name: no, when: " + denial + "}\n" + more);
}

Case Asking(const std::string& grant, std::vector<std::string> logins = {}) {
  Case c(Alice());
  c.ask().grant = grant;
  c.ask().logins = std::move(logins);
  return c;
}

constexpr char kRefused[] = "denied denial no: denial no refuses this";

TEST(Denial, OfALoginHoldsInEveryScope) {
  const auto policy = With("{logins: [root]}");
  EXPECT_EQ(Summary(Asking("staging", {"root"}).Decide(*policy)), kRefused);
  EXPECT_EQ(Summary(Asking("staging", {"deploy", "root"}).Decide(*policy)), kRefused);
  EXPECT_EQ(Summary(Asking("staging", {"deploy"}).Decide(*policy)),
            "granted staging [env=staging/deploy] 8h");
}

TEST(Denial, OfALoginHoldsWhenTheGrantGivesItUnasked) {
  EXPECT_EQ(Summary(Asking("staging").Decide(*With("{logins: [root]}"))), kRefused);
}

TEST(Denial, LetsNoOtherGrantStepIn) {
  Case c(Alice());  // `web` and `any` would permit.
  EXPECT_EQ(Summary(c.Decide(*With("{logins: [root]}"))), kRefused);
}

TEST(Denial, SaysItsMessage) {
  const auto policy = PolicyOf(std::string(kGrants) +
                               "denials: [{name: no, when: {realm: people}, message: ask Bob}]");
  EXPECT_EQ(Summary(Asking("any").Decide(*policy)), "denied denial no: ask Bob");
}

TEST(Denial, NeedsAllItsConditions) {
  const auto policy = With("{groups: [contractors], logins: [root]}");
  EXPECT_THAT(Summary(Asking("staging").Decide(*policy)), StartsWith("granted"));
  Case c = Asking("staging");
  c.identity.groups = model::Fact<std::vector<std::string>>::Known({"engineering", "contractors"});
  EXPECT_EQ(Summary(c.Decide(*policy)), kRefused);
}

TEST(Denial, IsMetByWhatIsUnknownAndSaysSo) {
  Case c(Web1());
  c.identity.labels = model::Fact<model::Labels>::Unknown();
  EXPECT_EQ(Summary(c.Decide(*With("{labels: {env: production}}"))),
            std::string(kRefused) + " (the labels of web1 are unknown)");
  Case alice(Alice());
  alice.identity.groups = model::Fact<std::vector<std::string>>::Unknown();
  EXPECT_EQ(Summary(alice.Decide(*With("{groups: [contractors]}"))),
            std::string(kRefused) + " (the groups of alice are unknown)");
  Case peer(Alice());
  peer.request.peer = model::Fact<IpAddress>::Unknown();
  EXPECT_EQ(Summary(peer.Decide(*With("{networks: [192.0.2.0/24]}"))),
            std::string(kRefused) + " (the caller's address is unknown)");
}

TEST(Denial, IsNotMetByWhatIsKnownToBeAbsent) {
  Case c(Alice());
  c.request.peer = model::Fact<IpAddress>::Absent();
  c.ask().grant = "any";
  EXPECT_THAT(Summary(c.Decide(*With("{networks: [192.0.2.0/24]}"))), StartsWith("granted"));
  EXPECT_THAT(Summary(c.Decide(*With("{labels: {env: staging}}"))), StartsWith("granted"));
}

struct HostsRow {
  std::string name, denied_hosts, grant;
  bool refused;
  std::string more;
};
void PrintTo(const HostsRow& row, std::ostream* out) { *out << row.name; }
class DenialOfHosts : public ::testing::TestWithParam<HostsRow> {};

TEST_P(DenialOfHosts, SpeaksOfEveryHostThatTheCertificateCouldOpen) {
  const HostsRow& row = GetParam();
  const auto policy = With("{hosts: " + row.denied_hosts + "}", row.more);
  EXPECT_EQ(Summary(Asking(row.grant).Decide(*policy)) == kRefused, row.refused);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, DenialOfHosts,
    ::testing::ValuesIn(std::vector<HostsRow>{
        {"SameLabels", "{env: staging}", "staging", true, ""},
        {"NarrowerDenial", "{env: staging, role: db}", "staging", true, ""},
        {"OtherValue", "{env: production}", "staging", false, ""},
        {"AHostMayHaveBoth", "{env: production}", "web", true, ""},
        {"PlainOpensAll", "{env: production}", "any", true, ""},
        {"PlainButScopedOnly", "{env: production}", "any", false, "scoped_only: {env: production}"},
        {"PlainAndFewerScopedOnly", "{env: production}", "any", true,
         "scoped_only: {env: production, role: db}"},
    }),
    [](const ::testing::TestParamInfo<HostsRow>& test) { return test.param.name; });

TEST(Denial, OfTheNamedHostRefusesBeforeAnyGrant) {
  Case c(Alice());
  c.NameTarget("p1", {{"env", "production"}});
  EXPECT_EQ(Summary(c.Decide(*With("{hosts: {env: production}}"))), kRefused);
  c.facts.target_labels = model::Fact<model::Labels>::Unknown();
  EXPECT_EQ(Summary(c.Decide(*With("{hosts: {env: production}}"))),
            std::string(kRefused) + " (the labels of p1 are unknown)");
}

TEST(Denial, OfAnUnenrolledHostHoldsAlsoWhereNoPlainPrincipalIsAccepted) {
  Case c(Alice());
  c.ask().target_host = "nas";
  c.facts.target_labels = model::Fact<model::Labels>::Unknown();
  EXPECT_THAT(Summary(c.Decide(*With("{logins: [alice], hosts: {env: production}}",
                                     "scoped_only: {env: production}"))),
              HasSubstr("the labels of nas are unknown"));
}

TEST(Denial, OfLoginsAndHostsSaysNothingOfHostCertificates) {
  EXPECT_THAT(Summary(Case(Web1()).Decide(*With("{logins: [root]}"))), StartsWith("granted hosts"));
  EXPECT_THAT(Summary(Case(Web1()).Decide(*With("{hosts: {role: web}}"))),
              StartsWith("granted hosts"));
  EXPECT_EQ(Summary(Case(Web1()).Decide(*With("{labels: {role: web}}"))), kRefused);
}

TEST(Denial, StandsInTheTraceWithItsPlace) {
  const auto denied = std::get<model::Denied>(Asking("staging").Decide(*With("{logins: [root]}")));
  EXPECT_EQ(denied.rule, "denial no");
  const model::TraceStep& last = denied.trace.back();
  EXPECT_EQ(last.rule, "denial no");
  EXPECT_EQ(last.verdict, "refused");
  EXPECT_EQ(last.source, "policy.yaml:27");
  EXPECT_EQ(last.conditions.at(0).detail, "login root");
}

}  // namespace
}  // namespace mayfly::policy
