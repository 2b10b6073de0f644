// The examples of the reference, executed: every policy loads, and the cases below it hold and
// reach all of it.
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "ca/policy/analysis/run_cases.h"
#include "ca/policy/operators.h"
#include "gmock/gmock.h"
#include "tests/ca/policy/policy_world.h"
#include "tests/testing/paths.h"

namespace mayfly::policy {
namespace {

using ::testing::IsEmpty;

struct Example {
  int line = 0;        // Of the page.
  std::string policy;  // Empty: the example policies.
  std::string cases;
};

std::vector<Example> ExamplesOf(const std::string& page) {
  std::vector<Example> examples;
  std::string block;
  bool inside = false;
  int number = 0;
  int began = 0;
  for (const std::string& line : SplitLines(ReadFile(testing::SourcePath(page)).value())) {
    ++number;
    if (inside && line == "```") {
      inside = false;
      const bool cases = block.starts_with("cases:");
      if (!cases || examples.empty()) examples.push_back({began, "", ""});
      (cases ? examples.back().cases : examples.back().policy) += block;
      block.clear();
    } else if (inside) {
      block += line + "\n";
    } else if (line == "```yaml") {
      inside = true;
      began = number;
    }
  }
  return examples;
}

std::shared_ptr<const PolicySet> PolicySetOf(const Example& example) {
  if (!example.policy.empty()) return PolicyOf(example.policy);
  return LoadPolicySet(testing::SourcePath("policies")).value();
}

Coverage RunExample(const PolicySet& policy, const Example& example) {
  std::vector<CaseResult> results;
  const auto cases = LoadCases({"page", example.cases});
  EXPECT_OK(cases);
  if (!cases.ok()) return {};
  for (const PolicyCase& test : *cases) {
    results.push_back(RunCase(policy, test));
    EXPECT_THAT(results.back().differences, IsEmpty()) << test.name;
  }
  return MeasureCoverage(policy, results);
}

TEST(PolicyLanguagePage, EveryExampleGivesAndRefusesWhatItSays) {
  int run = 0;
  for (const Example& example : ExamplesOf("docs/policy-language.md")) {
    SCOPED_TRACE(example.line);
    const auto policy = PolicySetOf(example);
    if (policy->grants().empty() && policy->denials().empty()) continue;
    ASSERT_NE(example.cases, "");
    const Coverage coverage = RunExample(*policy, example);
    EXPECT_EQ(coverage.grants.percent(), 100);
    EXPECT_EQ(coverage.denials.percent(), 100);
    ++run;
  }
  EXPECT_GE(run, 8);
}

// What no certificate shows is looked at in the set.
TEST(PolicyLanguagePage, TheOtherExamplesSayWhatTheTextSays) {
  int looked_at = 0;
  for (const Example& example : ExamplesOf("docs/policy-language.md")) {
    const auto policy = PolicySetOf(example);
    if (!policy->operators().empty()) {
      Case asked(Alice());
      asked.identity.groups = model::Fact<std::vector<std::string>>::Known({"security"});
      const auto may = [&](Permission permission) {
        return May(*policy, asked.identity, permission, Peer("192.0.2.1"), absl::UnixEpoch(),
                   nullptr);
      };
      EXPECT_TRUE(may(Permission::kReadCertificates));
      EXPECT_TRUE(may(Permission::kReadDecisions));
      EXPECT_FALSE(may(Permission::kApplyPolicy));
      ++looked_at;
    }
    if (!policy->scoped_only().empty()) {
      EXPECT_EQ(policy->scoped_only(), (model::Labels{{"env", "production"}}));
      EXPECT_EQ(policy->ceilings().user_lifetime, absl::Hours(24));
      EXPECT_EQ(policy->ceilings().host_lifetime, absl::Hours(90 * 24));
      EXPECT_EQ(policy->ceilings(), Ceilings());
      ++looked_at;
    }
  }
  EXPECT_EQ(looked_at, 2);
}

TEST(PolicyTestingPage, TheCasesHold) {
  const std::vector<Example> examples = ExamplesOf("docs/policy-testing.md");
  ASSERT_EQ(examples.size(), 2u);
  for (const Example& example : examples) {
    SCOPED_TRACE(example.line);
    RunExample(*PolicySetOf(example), example);
  }
}

}  // namespace
}  // namespace mayfly::policy
