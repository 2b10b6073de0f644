#include "ca/policy/analysis/explain.h"

#include <set>

#include "ca/policy/analysis/sources.h"
#include "gmock/gmock.h"
#include "tests/ca/policy/policy_world.h"
#include "tests/testing/paths.h"

namespace mayfly::policy {
namespace {

using ::testing::ElementsAre;

Situation Carol(const std::vector<std::string>& groups) {
  SituationText text;
  text.user = "carol";
  text.groups = model::Fact<std::vector<std::string>>::Known(groups);
  text.logins = {"root"};
  return *MakeSituation(text, [](std::string_view field, std::string_view message) {
    ADD_FAILURE() << field << ": " << message;
  });
}

const PolicySet& ExplainedSet() {
  static const auto policy = LoadPolicySet(testing::SourcePath("policies")).value();
  return *policy;
}

TEST(Explain, NamesTheNearestGrantAndWhatIsMissing) {
  const Explanation explanation = Explain(ExplainedSet(), Carol({"sre"}));
  ASSERT_EQ(explanation.nearest.size(), 1u);
  EXPECT_EQ(explanation.nearest[0].grant->name, "production-root");
  ASSERT_EQ(explanation.nearest[0].missing.size(), 1u);
  EXPECT_EQ(explanation.nearest[0].missing[0].shown.condition, "reason: required");
}

// What is meant for her and never gives root is no step towards root.
TEST(Explain, NamesTheNearestGrantThatGivesWhatIsAsked) {
  const auto policy = PolicyOf(R"(
grants:
  - name: web
    for: {realm: people, groups: [web]}
    user_certificate: {hosts: any, logins: [web], lifetime: {default: 1h, max: 1h}}
  - name: db-root
    for: {realm: people, all_groups: [db, on-call]}
    user_certificate: {hosts: any, logins: [root], lifetime: {default: 1h, max: 1h}}
  - name: web-root
    for: {realm: people, all_groups: [web, on-call]}
    user_certificate: {hosts: any, logins: [root], lifetime: {default: 1h, max: 1h}}
)");
  const Explanation explanation = Explain(*policy, Carol({"web"}));
  EXPECT_EQ(std::get<model::Denied>(explanation.decision).rule, "grant web");
  ASSERT_EQ(explanation.nearest.size(), 1u);
  EXPECT_EQ(explanation.nearest[0].grant->name, "web-root");
  EXPECT_TRUE(explanation.nearest[0].gives_it);
  Situation nobody_gives = Carol({"web"});
  nobody_gives.request.ask.logins = {"nobody"};
  const Explanation none = Explain(*policy, nobody_gives);
  ASSERT_EQ(none.nearest.size(), 1u);
  EXPECT_EQ(none.nearest[0].grant->name, "web");
  EXPECT_FALSE(none.nearest[0].gives_it);
}

TEST(Explain, ShowsGrantsThatTheDecisionDidNotLookAt) {
  Situation situation = Carol({"sre", "engineering"});
  situation.request.ask.logins.clear();
  const Explanation explanation = Explain(ExplainedSet(), situation);
  std::vector<std::string> verdicts;
  for (const model::TraceStep& step : explanation.trace) {
    if (step.rule.starts_with("grant ")) verdicts.push_back(step.rule + ": " + step.verdict);
  }
  EXPECT_THAT(
      verdicts,
      ElementsAre("grant engineers: permits", "grant deploy-web: would permit as well",
                  "grant production-root: does not permit", "grant backup-pull: does not apply"));
}

TEST(Explain, SaysWhoseApprovalIsMissing) {
  const auto policy = PolicyOf(R"(
grants:
  - name: root
    for: {realm: people, groups: [sre]}
    user_certificate: {hosts: any, logins: [root], lifetime: {default: 1h, max: 1h}}
    requires: {approvals: [{count: 2, from: {groups: [leads]}, within: 30m}]}
)");
  const Explanation explanation = Explain(*policy, Carol({"sre"}));
  EXPECT_TRUE(std::holds_alternative<model::Pending>(explanation.decision));
  EXPECT_TRUE(explanation.nearest.empty());
  const auto step =
      std::ranges::find(explanation.trace, "waits for approval", &model::TraceStep::verdict);
  ASSERT_NE(step, explanation.trace.end());
  EXPECT_EQ(step->conditions.back().condition, "approvals: 2 from groups [leads]");
  EXPECT_EQ(step->conditions.back().outcome, model::Outcome::kFailed);
  EXPECT_EQ(step->conditions.back().detail, "nobody has approved");
}

// A condition that is added to the language and has no place would be shown without its line.
TEST(Explain, KnowsTheFieldOfEveryCondition) {
  const auto policy = PolicyOf(R"(
grants:
  - name: all
    description: Every field there is.
    for: {authenticators: [a], realm: people, groups: [g], networks: [10.0.0.0/8]}
    user_certificate:
      hosts: {env: staging}
      logins: [x]
      lifetime: {default: 1h, max: 1h}
      extensions: [permit-pty]
      critical_options: {force_command: date, source_address: [10.0.0.0/8]}
      keys: {types: [rsa], min_rsa_bits: 4096}
    requires: {reason: true, authenticated_within: 15m, approvals: [{count: 2, within: 30m}]}
  - name: hosts
    for: {authenticators: [a], labels: {role: web}}
    host_certificate: {principals: ["${hostname}"], lifetime: {default: 1h, max: 1h}}
denials:
  - name: no
    when: {authenticators: [z], realm: people, groups: [g], networks: [10.0.0.0/8], labels: {a: b}, logins: [x], hosts: {env: staging}}
)");
  SituationText user;
  user.user = "alice";
  user.logins = {"x"};
  user.target = "host";
  user.key_type = ssh::KeyType::kRsa;
  SituationText host;
  host.host = "web1";
  std::set<std::string> seen;
  for (const SituationText& text : {user, host}) {
    const auto situation = MakeSituation(
        text, [](std::string_view, std::string_view message) { ADD_FAILURE() << message; });
    for (const model::TraceStep& step : Explain(*policy, *situation).trace) {
      if (step.rule.starts_with("built-in")) continue;
      for (const model::TraceCondition& condition : step.conditions) {
        const std::string name(ConditionName(condition.condition));
        seen.insert(name);
        EXPECT_NE(FieldOfCondition(step.rule, name, !text.host.empty()), "")
            << step.rule << ": " << condition.condition;
      }
    }
  }
  EXPECT_GE(seen.size(), 16u);
}

}  // namespace
}  // namespace mayfly::policy
