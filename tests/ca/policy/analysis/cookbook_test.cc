// docs/policy-cookbook.md, executed: every policy loads and lints clean, every case passes, and the
// cases reach every rule.
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "ca/policy/analysis/lint.h"
#include "ca/policy/analysis/run_cases.h"
#include "gmock/gmock.h"
#include "tests/ca/policy/policy_world.h"
#include "tests/testing/paths.h"

namespace mayfly::policy {
namespace {

using ::testing::ElementsAre;

struct Recipe {
  std::string title;
  std::string policy;
  std::string cases;
};

std::vector<Recipe> ReadRecipes() {
  const std::string text = ReadFile(testing::SourcePath("docs/policy-cookbook.md")).value();
  std::vector<Recipe> recipes;
  std::string block;
  bool inside = false;
  for (const std::string& line : SplitLines(text)) {
    if (line.starts_with("## ")) recipes.push_back({line.substr(3), "", ""});
    if (inside && line == "```") {
      inside = false;
      (block.starts_with("cases:") ? recipes.back().cases : recipes.back().policy) += block;
      block.clear();
    } else if (inside) {
      block += line + "\n";
    } else {
      inside = line == "```yaml";
    }
  }
  return recipes;
}

class Cookbook : public ::testing::TestWithParam<Recipe> {};

TEST_P(Cookbook, IsTrue) {
  const auto policy = PolicyOf(GetParam().policy);
  ASSERT_OK_AND_ASSIGN(const auto cases, LoadCases({GetParam().title, GetParam().cases}));
  EXPECT_GE(cases.size(), 3u);
  std::vector<CaseResult> results;
  for (const PolicyCase& test : cases) {
    results.push_back(RunCase(*policy, test));
    EXPECT_THAT(results.back().differences, ElementsAre()) << test.name;
  }
  const Coverage coverage = MeasureCoverage(*policy, results);
  EXPECT_EQ(coverage.grants.percent(), 100) << coverage.missing.front();
  EXPECT_EQ(coverage.denials.percent(), 100) << coverage.missing.front();
  for (const Lint& lint : FindLint(*policy, {})) {
    EXPECT_EQ(lint.severity, Severity::kNote) << lint.rule << ": " << lint.message;
  }
}

std::string NameOf(const ::testing::TestParamInfo<Recipe>& recipe) {
  std::string name;
  for (const char c : recipe.param.title) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recipes, Cookbook, ::testing::ValuesIn(ReadRecipes()), NameOf);

TEST(CookbookPage, HasTheSituationsThatManyHave) {
  std::vector<std::string> titles;
  for (const Recipe& recipe : ReadRecipes()) titles.push_back(recipe.title);
  for (const std::string title :
       {"Contractors", "On-call root", "CI deploys", "Database jump", "Break-glass",
        "Hosts by role", "GitHub organisation certificates", "Host-scoped access", "Office hours",
        "FIDO only", "Vendor access for a week", "Automation without a shell"}) {
    EXPECT_THAT(titles, ::testing::Contains(title));
  }
}

}  // namespace
}  // namespace mayfly::policy
