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
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {host: h, groups: [x]}, expect: {denied: {}}}\n"),
              HasSubstr("only users have groups"));
  EXPECT_THAT(ErrorOf("cases:\n  - {name: a, as: {user: a}, ask: {host: {labels: {a: b}}}, expect: "
                      "{denied: {}}}\n"),
              HasSubstr("labels are of a host; name it"));
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
                          "denial robots (policy.yaml:7): no case is refused by it",
                          "denial robots (policy.yaml:7): no case where groups holds"));
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
