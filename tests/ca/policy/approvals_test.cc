// Approvals, step-up and break-glass.
#include "ca/policy/approvals.h"

#include "ca/model/asked_digest.h"
#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

using ::testing::HasSubstr;
using Groups = std::vector<std::string>;

constexpr char kGrants[] = R"(
grants:
  - name: root
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: [root], lifetime: {default: 30m, max: 1h}}
    requires:
      reason: true
      approvals:
        - {count: 2, from: {realm: people, groups: [leads]}, within: 30m}
        - {from: {realm: people, groups: [security]}, within: 1h}
  - name: window
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: [deploy], lifetime: {default: 30m, max: 1h}}
    requires: {approvals: [{from: {realm: people, groups: [leads]}, within: 10m, usable_for: 4h}]}
  - name: by-operators
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: [backup], lifetime: {default: 30m, max: 1h}}
    requires: {approvals: [{within: 10m}]}
  - name: fresh
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: [admin], lifetime: {default: 30m, max: 1h}}
    requires: {authenticated_within: 15m}
  - name: glass
    for: {realm: people, groups: [oncall]}
    user_certificate: {hosts: any, logins: [root], lifetime: {default: 15m, max: 1h}}
    requires: {reason: true}
    break_glass: true
operators:
  - {name: security, for: {realm: people, groups: [security]}, may: [approve]}
)";

struct Wish : Case {
  explicit Wish(const std::string& grant) : Case(Alice()) {
    ask().grant = grant;
    ask().reason = "disk full";
    identity.authenticated_at = now;
  }
  void File() {
    model::FiledRequest filed;
    filed.number = 7;
    filed.digest = model::AskedDigest(identity.subject, request.kind, request.ask);
    filed.filed_at = now;
    facts.filed = filed;
    ask().approved = 7;
  }
  void Approve(const std::string& who, Groups groups, absl::Duration after = absl::Minutes(1)) {
    model::Approval approval;
    approval.approver = Alice();
    approval.approver.subject.name = who;
    approval.approver.groups = model::Fact<Groups>::Known(std::move(groups));
    approval.peer = Peer("10.1.2.3");
    approval.at = facts.filed->filed_at + after;
    facts.filed->approvals.push_back(approval);
  }
  std::string answer() const {
    static const auto policy = PolicyOf(kGrants);
    const model::Decision decision = Decide(*policy);
    if (const auto* pending = std::get_if<model::Pending>(&decision)) {
      std::string text = "waits:";
      for (const model::ApprovalNeed& need : pending->needs) {
        text += " " + std::to_string(need.approved_by.size()) + "/" + std::to_string(need.count);
      }
      return text;
    }
    return Summary(decision);
  }
};

TEST(Approvals, MustComeFromEverySetAndFromSeveralPeople) {
  Wish wish("root");
  EXPECT_EQ(wish.answer(), "waits: 0/2 0/1");
  wish.File();
  EXPECT_EQ(wish.answer(), "waits: 0/2 0/1");
  wish.Approve("bob", {"leads"});
  EXPECT_EQ(wish.answer(), "waits: 1/2 0/1");
  wish.Approve("carol", {"leads"});
  wish.Approve("dave", {"security"});
  EXPECT_EQ(wish.answer(), "granted root [root] 30m");
}

TEST(Approvals, AreGivenByTheOneWhoIsNeededThere) {
  Wish wish("root");
  wish.File();
  wish.Approve("both", {"leads", "security"});
  wish.Approve("bob", {"leads"});
  EXPECT_THAT(wish.answer(), HasSubstr("waits:"));  // Nobody counts for two sets.
  wish.Approve("carol", {"leads"});
  EXPECT_EQ(wish.answer(), "granted root [root] 30m");
}

TEST(Approvals, AreNeverTheRequestersOwn) {
  Wish wish("window");
  wish.File();
  wish.Approve("alice", {"leads"});
  EXPECT_EQ(wish.answer(), "waits: 0/1");
}

TEST(Approvals, OfStrangersAndOfUnknownGroupsCountForNothing) {
  Wish wish("window");
  wish.File();
  wish.Approve("bob", {"sales"});
  wish.Approve("carol", {});
  wish.facts.filed->approvals.back().approver.groups = model::Fact<Groups>::Unknown();
  EXPECT_EQ(wish.answer(), "waits: 0/1");
}

TEST(Approvals, AreForExactlyWhatWasAsked) {
  Wish wish("window");
  wish.File();
  wish.Approve("bob", {"leads"});
  EXPECT_EQ(wish.answer(), "granted window [deploy] 30m");
  wish.ask().reason = "another one";
  EXPECT_EQ(wish.answer(), "waits: 0/1");
  wish.ask().reason = "disk full";
  wish.ask().lifetime = absl::Hours(1);
  EXPECT_EQ(wish.answer(), "waits: 0/1");
}

TEST(Approvals, AreNotForAnotherKeyOrTime) {
  Wish wish("window");
  wish.File();
  wish.Approve("bob", {"leads"});
  wish.request.key = KeyOf(ssh::KeyType::kEcdsaP256);
  wish.now += absl::Minutes(5);
  EXPECT_EQ(wish.answer(), "granted window [deploy] 30m");
}

TEST(Approvals, ComeInTimeAndExpire) {
  Wish wish("window");
  wish.File();
  wish.Approve("bob", {"leads"}, absl::Minutes(11));
  wish.now += absl::Minutes(12);
  EXPECT_EQ(wish.answer(), "waits: 0/1");
  Wish again("window");
  again.File();
  again.Approve("bob", {"leads"}, absl::Minutes(10));
  again.now += absl::Hours(4) + absl::Minutes(9);
  EXPECT_EQ(again.answer(), "granted window [deploy] 30m");
  again.now += absl::Minutes(1);
  EXPECT_EQ(again.answer(), "waits: 1/1");  // Approved, and too late to be used.
}

TEST(Approvals, AreUsableOnceUnlessTheGrantSaysForAWhile) {
  Wish once("by-operators");
  once.File();
  once.Approve("dave", {"security"});
  EXPECT_EQ(once.answer(), "granted by-operators [backup] 30m");
  once.facts.filed->uses = 1;
  EXPECT_THAT(once.answer(), HasSubstr("waits:"));
  Wish window("window");
  window.File();
  window.Approve("bob", {"leads"});
  window.facts.filed->uses = 5;
  EXPECT_EQ(window.answer(), "granted window [deploy] 30m");
}

TEST(Approvals, OfARequestThatWasClosedAreNone) {
  Wish wish("window");
  wish.File();
  wish.Approve("bob", {"leads"});
  wish.facts.filed->open = false;
  EXPECT_THAT(wish.answer(), HasSubstr("waits:"));
}

TEST(Approvals, DoNotOverruleADenialOrABound) {
  Wish wish("root");
  wish.ask().lifetime = absl::Hours(2);
  EXPECT_THAT(wish.answer(), HasSubstr("it lasts at most 1h, not 2h"));
  Wish banned("window");
  banned.facts.subject_banned = true;
  EXPECT_THAT(banned.answer(), HasSubstr("denied built-in"));
}

TEST(Approvals, TheUseIsPartOfTheDecision) {
  Wish wish("window");
  wish.File();
  wish.Approve("bob", {"leads"});
  const auto granted = std::get<model::Granted>(wish.Decide(*PolicyOf(kGrants)));
  ASSERT_TRUE(granted.approval.has_value());
  EXPECT_EQ(granted.approval->number, 7u);
  EXPECT_FALSE(granted.approval->once);
}

TEST(Approvals, StepBehindGrantsThatNeedNone) {
  const auto policy = PolicyOf(std::string(kGrants) + R"(
  - {name: own, for: {realm: people, groups: [x]}, may: [approve]}
)");
  Wish wish("window");
  wish.ask().grant.reset();
  wish.ask().reason.clear();
  wish.identity.authenticated_at = wish.now;
  // `fresh` lacks nothing; the three before it would have to wait.
  EXPECT_EQ(Summary(wish.Decide(*policy)), "granted fresh [admin] 30m");
}

TEST(StepUp, NeedsANewLogin) {
  Wish wish("fresh");
  EXPECT_EQ(wish.answer(), "granted fresh [admin] 30m");
  wish.identity.authenticated_at = wish.now - absl::Minutes(16);
  EXPECT_THAT(wish.answer(),
              HasSubstr("it needs a login of the last 15m, and yours was 16m ago: add --fresh"));
  const auto decision = wish.Decide(*PolicyOf(kGrants));
  EXPECT_TRUE(std::get<model::Denied>(decision).needs_fresh_login);
  wish.ask().lifetime = absl::Hours(9);  // Then a login alone would not help.
  EXPECT_FALSE(std::get<model::Denied>(wish.Decide(*PolicyOf(kGrants))).needs_fresh_login);
}

TEST(BreakGlass, NeedsNobodyAndIsMarked) {
  Wish wish("glass");
  wish.identity.groups = model::Fact<Groups>::Known({"oncall"});
  const auto granted = std::get<model::Granted>(wish.Decide(*PolicyOf(kGrants)));
  EXPECT_TRUE(granted.break_glass);
  wish.ask().reason.clear();
  EXPECT_THAT(wish.answer(), HasSubstr("it needs a reason"));
}

std::string ErrorOf(const std::string& requires_, const std::string& more = "") {
  std::vector<PolicyText> files(1);
  files[0].path = "p.yaml";
  files[0].text =
      "grants:\n- name: g\n  for: {realm: people}\n"
      "  user_certificate: {hosts: any, logins: [a], lifetime: {default: 1h, max: 1h}}\n" +
      more + "  requires: " + requires_ + "\n";
  const auto policy = LoadPolicyText(std::move(files));
  return policy.ok() ? "loaded" : Message(policy.status());
}

TEST(RequirementMistakes, AreReportedAtTheirPlace) {
  EXPECT_EQ(ErrorOf("{approvals: []}"),
            "p.yaml:5:25: an empty list would match nobody; name some, or leave the field out\n"
            "    requires: {approvals: []}\n"
            "                          ^");
  EXPECT_EQ(ErrorOf("{approvals: [{count: 0, within: 5m}]}"),
            "p.yaml:5:34: expected 1 to 10 people\n"
            "    requires: {approvals: [{count: 0, within: 5m}]}\n"
            "                                   ^");
  EXPECT_EQ(ErrorOf("{approvals: [{count: 1}]}"),
            "p.yaml:5:26: \"within\" must be said: how long may approvals take? as in 30m\n"
            "    requires: {approvals: [{count: 1}]}\n"
            "                           ^");
  EXPECT_THAT(ErrorOf("{approvals: [{within: 30s}]}"), HasSubstr("expected 1m to 7d"));
  EXPECT_THAT(ErrorOf("{approvals: [{from: {}, within: 5m}]}"),
              HasSubstr("an empty \"from\" would let everybody approve"));
  EXPECT_THAT(ErrorOf("{reason: {pattern: \"**\"}}"), HasSubstr("would hold for anything"));
  EXPECT_THAT(ErrorOf("{reason: yes}"), HasSubstr("expected true or a mapping"));
  EXPECT_THAT(ErrorOf("{authenticated_within: 10s}"), HasSubstr("expected at least 1m"));
  EXPECT_THAT(ErrorOf("{approvals: [{within: 5m}]}", "  break_glass: true\n"),
              HasSubstr("a break-glass grant waits for nobody"));
  EXPECT_THAT(ErrorOf("{authenticated_within: 5m}", "  break_glass: true\n"),
              HasSubstr("whoever breaks the glass says why; add requires: {reason: true}"));
}

}  // namespace
}  // namespace mayfly::policy
