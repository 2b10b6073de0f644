#include "ca/policy/analysis/cases.h"

#include "base/file.h"
#include "ca/policy/analysis/run_cases.h"
#include "gmock/gmock.h"
#include "tests/ca/policy/policy_world.h"
#include "tests/testing/paths.h"

namespace mayfly::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPolicy[] = R"(
grants:
  - name: own
    for: {realm: people, groups: [eng]}
    user_certificate: {hosts: any, logins: ["${username}"], lifetime: {default: 1h, max: 2h}}
denials:
  - {name: robots, when: {groups: [robots]}, message: robots do not log in}
)";

std::vector<PolicyCase> Load(const std::string& yaml) {
  auto cases = LoadCases({"x.cases.yaml", yaml});
  EXPECT_OK(cases);
  return cases.ok() ? *cases : std::vector<PolicyCase>();
}

std::vector<std::string> DifferencesOf(const std::string& yaml) {
  std::vector<std::string> all;
  for (const PolicyCase& test : Load(yaml)) {
    for (const std::string& one : RunCase(*PolicyOf(kPolicy), test).differences) all.push_back(one);
  }
  return all;
}

std::string ErrorOf(const std::string& yaml) {
  return std::string(LoadCases({"x.cases.yaml", yaml}).status().message());
}

TEST(Cases, PassWhenTheAnswerIsAsExpected) {
  EXPECT_THAT(DifferencesOf(R"(
cases:
  - name: a
    as: {user: alice, groups: [eng]}
    ask: {lifetime: 90m, extensions: []}
    expect:
      granted: {grant: own, principals: [alice], lifetime: 90m, extensions: [], force_command: "",
                source_address: [], verify_required: false}
  - name: b
    as: {user: alice, groups: [eng, robots]}
    expect: {denied: {by: denial robots, message: robots do not}}
)"),
              ElementsAre());
}

TEST(Cases, FailWithWhatIsDifferent) {
  EXPECT_THAT(
      DifferencesOf(R"(
cases:
  - {name: a, as: {user: alice, groups: [eng]}, expect: {granted: {grant: own, principals: [bob], lifetime: 2h}}}
  - {name: b, as: {user: alice, groups: [eng]}, expect: {denied: {}}}
  - {name: c, as: {user: alice}, expect: {granted: {grant: own}}}
  - {name: d, as: {user: alice, groups: [robots]}, expect: {denied: {by: default deny}}}
)"),
      ElementsAre("principals: expected [bob], was [alice]", "lifetime: expected 2h, was 1h",
                  "expected refused, was granted by grant own",
                  HasSubstr("expected granted by grant own, was refused by default deny"),
                  HasSubstr("expected refused by default deny, was refused by denial "
                            "robots: robots do not log in")));
}

constexpr char kApprovedPolicy[] = R"(
grants:
  - name: root
    description: Two people of two groups agree, and it is for half an hour.
    for: {realm: people, groups: [sre]}
    user_certificate: {hosts: any, logins: [root], lifetime: {default: 30m, max: 1h}}
    requires:
      authenticated_within: 15m
      approvals:
        - {count: 2, from: {groups: [leads]}, within: 30m}
        - {from: {groups: [security], hardware_proof: true}, within: 30m}
  - name: glass
    description: At night.
    for: {realm: people, groups: [sre]}
    user_certificate: {hosts: any, logins: [emergency], lifetime: {default: 15m, max: 15m}}
    requires: {reason: true}
    break_glass: true
)";

std::vector<std::string> DifferencesOfApproved(const std::string& state, const std::string& expect,
                                               const std::string& as = "") {
  const std::string yaml = "cases:\n  - {name: a, as: {user: carol, groups: [sre]" + as +
                           "}, ask: {grant: root}, state: {" + state + "}, expect: {" + expect +
                           "}}\n";
  return RunCase(*PolicyOf(kApprovedPolicy), Load(yaml).at(0)).differences;
}

TEST(Cases, ExpectWhatARequestWaitsFor) {
  EXPECT_THAT(DifferencesOfApproved("", "pending: {grant: root}"), ElementsAre());
  EXPECT_THAT(DifferencesOfApproved("",
                                    "pending: {grant: root, principals: [root], lifetime: 30m, "
                                    "waits_for: [\"1 from groups [security]\", x]}"),
              ElementsAre(HasSubstr("waits_for: expected [1 from groups [security], x], was [1 "
                                    "from groups [security], by a security key, 2 from groups "
                                    "[leads]]")));
  EXPECT_THAT(DifferencesOfApproved("", "granted: {grant: root}"),
              ElementsAre(HasSubstr("expected granted by grant root, was left waiting by grant "
                                    "root, for [1 from groups [security]")));
  EXPECT_THAT(DifferencesOfApproved("", "pending: {grant: glass}"),
              ElementsAre(HasSubstr("expected left waiting by grant glass, was left waiting")));
  EXPECT_THAT(DifferencesOfApproved("", "pending: {grant: root}", ", authenticated_ago: 16m"),
              ElementsAre(HasSubstr("it needs a login of the last 15m")));
}

TEST(Cases, CountApprovalsAsMayflydDoes) {
  const std::string leads =
      "{user: erin, groups: [leads]}, {user: frank, groups: [leads], ago: 5m}";
  const std::string guard = "{user: gina, groups: [security], hardware_proof: with, ago: 9m}";
  EXPECT_THAT(DifferencesOfApproved("approvals: [" + leads + ", " + guard + "]",
                                    "granted: {grant: root, lifetime: 30m, break_glass: false}"),
              ElementsAre());
  EXPECT_THAT(DifferencesOfApproved("approvals: [" + leads + "]",
                                    "pending: {grant: root, waits_for: [\"1 from groups "
                                    "[security], by a security key\"]}"),
              ElementsAre());
  // By a key in a file; by the requester; by who is a lead of whom nobody knows it; too late.
  for (const std::string wrong : {"{user: gina, groups: [security]}",
                                  "{user: carol, groups: [security], hardware_proof: with}",
                                  "{user: gina, groups: unknown, hardware_proof: with}"}) {
    EXPECT_THAT(DifferencesOfApproved("approvals: [" + leads + ", " + wrong + "]",
                                      "pending: {grant: root}"),
                ElementsAre())
        << wrong;
  }
  EXPECT_THAT(DifferencesOfApproved("approvals: [" + guard +
                                        ", {user: erin, groups: [leads]}, "
                                        "{user: frank, groups: [leads], ago: 40m}]",
                                    "pending: {grant: root}"),
              ElementsAre());
}

TEST(Cases, KnowBreakGlass) {
  const std::string head =
      "cases:\n  - {name: a, as: {user: carol, groups: [sre]}, ask: {grant: glass, reason: fire}, "
      "expect: {granted: {grant: glass, break_glass: ";
  const auto policy = PolicyOf(kApprovedPolicy);
  EXPECT_THAT(RunCase(*policy, Load(head + "true}}}\n").at(0)).differences, ElementsAre());
  EXPECT_THAT(RunCase(*policy, Load(head + "false}}}\n").at(0)).differences,
              ElementsAre("break_glass: expected false, was true"));
}

TEST(Cases, PointAtEveryMistake) {
  EXPECT_EQ(ErrorOf(R"(cases:
  - {name: a, as: {user: alice, group: [x]}, expect: {denied: {}}}
)"),
            "x.cases.yaml:2:33: unknown field \"group\"; did you mean \"groups\"?\n"
            "    - {name: a, as: {user: alice, group: [x]}, expect: {denied: {}}}\n"
            "                                  ^");
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {}, expect: {denied: {}}}\n"),
              HasSubstr("2:19: say who is asking: a user or a host, one of them"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a b}, expect: {denied: {}}}\n"),
              HasSubstr("x.cases.yaml:2:26: "));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}, from: here, expect: {denied: {}}}\n"),
              HasSubstr("'here' is not an IP address"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}}\n"), HasSubstr("say what is expected"));
  EXPECT_THAT(ErrorOf("cases:\n  - {as: {user: a}, expect: {denied: {}}}\n"),
              HasSubstr("this case has no name"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}, expect: {granted: {}}}\n"),
              HasSubstr("say by which grant"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}, expect: {denied: {}}}\n"
                      "  - {name: a, as: {user: a}, expect: {denied: {}}}\n"),
              HasSubstr("case \"a\" is there already"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}, expect: {pending: {}}}\n"),
              HasSubstr("2:48: say of which grant"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}, state: {approvals: [{groups: [x]}]}, "
                      "expect: {denied: {}}}\n"),
              HasSubstr("say who approved"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}, state: {approvals: [{user: b, from: "
                      "here}]}, expect: {denied: {}}}\n"),
              HasSubstr("2:66: 'here' is not an IP address"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}, state: {approvals: [{user: b}, {user: "
                      "b}]}, expect: {denied: {}}}\n"),
              HasSubstr("each counts once"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a, authenticated_ago: -1s}, expect: "
                      "{denied: {}}}\n"),
              HasSubstr("2:"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {host: h, groups: [x]}, expect: {denied: {}}}\n"),
              HasSubstr("only users have groups"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}, ask: {host: {labels: {a: b}}}, expect: "
                      "{denied: {}}}\n"),
              HasSubstr("labels are of a host; name it"));
}

TEST(Coverage, CountsApprovalsAndFreshness) {
  const auto policy = PolicyOf(kApprovedPolicy);
  const auto missing = [&](const std::string& yaml) {
    const std::vector<PolicyCase> cases = Load("cases:\n" + yaml);
    std::vector<CaseResult> results;
    for (const PolicyCase& test : cases) results.push_back(RunCase(*policy, test));
    std::string all;
    for (const std::string& one : MeasureCoverage(*policy, results).missing) all += one + "\n";
    return all;
  };
  const std::string waits =
      "  - {name: w, as: {user: c, groups: [sre]}, ask: {grant: root}, expect: {denied: {}}}\n";
  EXPECT_THAT(missing(waits), HasSubstr("approvals holds"));
  EXPECT_THAT(missing(waits), HasSubstr("authenticated within does not hold"));
  const std::string both =
      waits +
      "  - {name: s, as: {user: c, groups: [sre], authenticated_ago: 1h}, ask: {grant: root}, "
      "expect: {denied: {}}}\n"
      "  - name: g\n    as: {user: c, groups: [sre]}\n    ask: {grant: root}\n    state:\n"
      "      approvals: [{user: e, groups: [leads]}, {user: f, groups: [leads]}, {user: g, groups: "
      "[security], hardware_proof: with}]\n    expect: {granted: {grant: root}}\n";
  EXPECT_THAT(missing(both), Not(HasSubstr("approvals")));
  EXPECT_THAT(missing(both), Not(HasSubstr("authenticated")));
}

TEST(Coverage, CountsWhatCasesReach) {
  const auto policy = PolicyOf(kPolicy);
  const std::vector<PolicyCase> cases = Load(R"(
cases:
  - {name: a, as: {user: alice, groups: [eng]}, expect: {granted: {grant: own}}}
  - {name: b, as: {user: bob}, expect: {denied: {}}}
)");
  std::vector<CaseResult> results;
  for (const PolicyCase& test : cases) results.push_back(RunCase(*policy, test));
  const Coverage coverage = MeasureCoverage(*policy, results);
  EXPECT_EQ(coverage.grants.percent(), 100);
  EXPECT_EQ(coverage.denials.percent(), 0);
  EXPECT_EQ(coverage.conditions.reached, 1u);  // The grant's groups: met, and not met.
  EXPECT_EQ(coverage.conditions.all, 3u);
  EXPECT_THAT(coverage.missing,
              ElementsAre("grant own (policy.yaml:3): no case where realm does not hold",
                          "denial robots (policy.yaml:7): no case is refused by it; no case where "
                          "groups holds"));
}

// The examples, as everybody who changes them will run it.
TEST(ExampleCases, PassAndReachEverything) {
  const std::string folder = testing::SourcePath("policies");
  ASSERT_OK_AND_ASSIGN(const auto policy, LoadPolicySet(folder));
  ASSERT_OK_AND_ASSIGN(const auto files, ReadCasesFiles(folder));
  EXPECT_EQ(files.size(), 2u);
  std::vector<PolicyCase> cases;
  for (const CasesText& file : files) {
    ASSERT_OK_AND_ASSIGN(const auto of_file, LoadCases(file));
    cases.insert(cases.end(), of_file.begin(), of_file.end());
  }
  std::vector<CaseResult> results;
  for (const PolicyCase& test : cases) {
    results.push_back(RunCase(*policy, test));
    EXPECT_THAT(results.back().differences, ElementsAre()) << test.source << ": " << test.name;
  }
  EXPECT_THAT(MeasureCoverage(*policy, results).missing, ElementsAre());
}

}  // namespace
}  // namespace mayfly::policy
