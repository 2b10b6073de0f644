// What the ledger recorded, decided again: by the set of then, every answer is the same.
#include "client/policy/recorded.h"

#include <string>
#include <vector>

#include "ca/model/asked_digest.h"
#include "ca/policy/analysis/universe.h"
#include "ca/policy/decide.h"
#include "ca/policy/policy_loader.h"
#include "ca/recorded/parts_codec.h"
#include "gmock/gmock.h"
#include "tests/ca/policy/analysis/generated_policy.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::shared_ptr<const policy::PolicySet> SetOf(const std::string& yaml) {
  return policy::LoadPolicyText({{"policy.yaml", yaml}}).value();
}

void PutCall(const policy::Situation& situation, v1::RecordedCall* out) {
  model::Call call;
  call.peer = situation.request.peer;
  recorded::Put(call, *out);
}

void PutFacts(const policy::Situation& situation, v1::RecordedFacts* out) {
  recorded::Put(situation.facts, *out);
  recorded::Put(situation.now, *out->mutable_decided_at());
}

// The event of a decision, recorded 30 ms after it was made.
std::string EventOf(const policy::Situation& situation, const model::Decision& decision) {
  v1::LedgerEvent event;
  recorded::Put(situation.now + absl::Milliseconds(30), *event.mutable_time());
  event.set_request_id("r1");
  if (std::holds_alternative<model::Granted>(decision)) {
    v1::IssuanceEvent& out = *event.mutable_issuance();
    PutCall(situation, out.mutable_call());
    recorded::Put(situation.identity, *out.mutable_identity());
    v1::RecordedIssuance& one = *out.add_issuances();
    recorded::Put(situation.request, *one.mutable_request());
    PutFacts(situation, one.mutable_facts());
    recorded::Put(decision, *one.mutable_decision());
  } else if (std::holds_alternative<model::Pending>(decision)) {
    v1::RequestFiledEvent& out = *event.mutable_request_filed();
    PutCall(situation, out.mutable_call());
    recorded::Put(situation.identity, *out.mutable_identity());
    recorded::Put(situation.request, *out.mutable_request());
    PutFacts(situation, out.mutable_facts());
    recorded::Put(decision, *out.mutable_decision());
  } else {
    v1::DenialEvent& out = *event.mutable_denial();
    PutCall(situation, out.mutable_call());
    recorded::Put(situation.identity, *out.mutable_identity());
    recorded::Put(situation.request, *out.mutable_request());
    PutFacts(situation, out.mutable_facts());
    recorded::Put(decision, *out.mutable_decision());
  }
  return event.SerializeAsString();
}

std::vector<RecordedDecision> Record(const policy::PolicySet& policy,
                                     const policy::Situation& situation) {
  const model::Decision decision = policy::Decide(policy, situation);
  absl::StatusOr<RecordedEvents> read = ReadRecorded(7, EventOf(situation, decision));
  EXPECT_OK(read);
  return read.ok() ? read->decisions : std::vector<RecordedDecision>();
}

policy::Situation Asking(const std::string& user, std::vector<std::string> groups) {
  policy::SituationText text;
  text.user = user;
  text.groups = model::Fact<std::vector<std::string>>::Known(std::move(groups));
  return *policy::MakeSituation(
      text, [](std::string_view, std::string_view message) { FAIL() << message; });
}

TEST(Recorded, EveryAnswerIsTheSameByTheSetOfThen) {
  policy::Generator generator(11);
  int granted = 0;
  for (int i = 0; i < 150; ++i) {
    SCOPED_TRACE(i);
    const policy::PolicySet policy(generator.SomeRules(), "");
    const policy::Universe universe = policy::Universe::Of({&policy}, /*for_user=*/true);
    for (int j = 0; j < 6; ++j) {
      std::vector<size_t> point;
      for (const policy::Dimension& dimension : universe.dimensions()) {
        point.push_back(
            static_cast<size_t>(generator.Number(0, static_cast<int>(dimension.atoms.size()) - 1)));
      }
      policy::Situation situation = universe.Represent(point);
      model::Ask& ask = situation.request.ask;
      if (generator.Chance(50)) ask.reason = "OPS-1";
      if (generator.Chance(30)) ask.logins = {"deploy"};
      if (generator.Chance(30)) ask.extensions = {"permit-pty"};
      if (generator.Chance(20)) ask.force_command = "/bin/date";
      if (generator.Chance(20)) ask.grant = "g0";
      situation.facts.epoch = 3;
      situation.now += absl::Milliseconds(generator.Number(0, 999));
      // Ends are what depends on the time of the decision most.
      if (generator.Chance(50)) situation.identity.until = situation.now + absl::Seconds(90);
      const std::vector<RecordedDecision> decisions = Record(policy, situation);
      ASSERT_THAT(decisions, SizeIs(1));
      granted += decisions[0].answer.kind == Answer::Kind::kGranted ? 1 : 0;
      EXPECT_EQ(decisions[0].situation.identity, situation.identity);
      EXPECT_EQ(decisions[0].situation.request.ask, situation.request.ask);
      EXPECT_EQ(decisions[0].situation.request.key, situation.request.key);
      EXPECT_EQ(decisions[0].situation.request.peer, situation.request.peer);
      EXPECT_EQ(decisions[0].situation.facts, situation.facts);
      EXPECT_EQ(decisions[0].situation.now, situation.now);
      EXPECT_THAT(Replay(policy, decisions), IsEmpty());
    }
  }
  EXPECT_GT(granted, 50);
}

constexpr char kApproved[] = R"(
grants:
  - name: root
    description: Root, when a lead agrees.
    for: {realm: people, groups: [sre]}
    user_certificate: {hosts: {env: production}, logins: [root], lifetime: {default: 30m, max: 1h}}
    requires: {approvals: [{count: 1, from: {groups: [leads]}, within: 30m}]}
)";

TEST(Recorded, WhatWaitedAndWhatWasApprovedAreDecidedAgainAsTheyStood) {
  const auto policy = SetOf(kApproved);
  policy::Situation waiting = Asking("carol", {"sre"});
  std::vector<RecordedDecision> decisions = Record(*policy, waiting);
  ASSERT_THAT(decisions, SizeIs(1));
  EXPECT_EQ(
      AnswerText(decisions[0].answer),
      "grant root waits for approval by 1 from groups [leads]: [env=production/root] for 30m");
  EXPECT_THAT(Replay(*policy, decisions), IsEmpty());

  model::FiledRequest& filed = waiting.facts.filed.emplace();
  filed.number = 4;
  filed.digest =
      model::AskedDigest(waiting.identity.subject, waiting.request.kind, waiting.request.ask);
  filed.filed_at = waiting.now - absl::Minutes(5);
  filed.approvals.push_back(
      {Asking("erin", {"leads"}).identity, waiting.request.peer, waiting.now - absl::Minutes(1)});
  waiting.request.ask.approved = 4;
  decisions = Record(*policy, waiting);
  ASSERT_THAT(decisions, SizeIs(1));
  EXPECT_EQ(AnswerText(decisions[0].answer),
            "granted by grant root: [env=production/root] for 30m");
  EXPECT_THAT(Replay(*policy, decisions), IsEmpty());

  // Two must agree now: one approval is not enough any more.
  std::string two = kApproved;
  two.replace(two.find("count: 1"), 8, "count: 2");
  const std::vector<ChangedAnswer> changed = Replay(*SetOf(two), decisions);
  ASSERT_THAT(changed, SizeIs(1));
  EXPECT_THAT(AnswerText(changed[0].now), HasSubstr("waits for approval by 2 from groups [leads]"));
}

TEST(Recorded, AHardwareProofIsRemembered) {
  const auto policy = SetOf(R"(
grants:
  - name: vault
    description: With a security key.
    for: {realm: people, groups: [sre], hardware_proof: true}
    user_certificate: {hosts: any, logins: [deploy], lifetime: {default: 1h, max: 1h}}
    default: true
)");
  policy::Situation touched = Asking("carol", {"sre"});
  touched.identity.hardware = model::Fact<bool>::Known(true);
  const std::vector<RecordedDecision> decisions = Record(*policy, touched);
  ASSERT_THAT(decisions, SizeIs(1));
  EXPECT_EQ(decisions[0].answer.kind, Answer::Kind::kGranted);
  EXPECT_THAT(Replay(*policy, decisions), IsEmpty());
}

TEST(Recorded, AnOtherGrantAnotherLifetimeAndARefusalAreOtherAnswers) {
  const std::string before = R"(
grants:
  - name: staging
    description: Engineers deploy.
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: [deploy], lifetime: {default: 8h, max: 16h}}
    default: true
)";
  const std::vector<RecordedDecision> decisions =
      Record(*SetOf(before), Asking("alice", {"engineering"}));
  const auto now = [&](const std::string& old, const std::string& with) {
    std::string text = before;
    text.replace(text.find(old), old.size(), with);
    const std::vector<ChangedAnswer> changed = Replay(*SetOf(text), decisions);
    return changed.empty() ? "the same" : AnswerText(changed[0].now);
  };
  EXPECT_EQ(now("Engineers deploy.", "Engineers deploy to staging."), "the same");
  EXPECT_EQ(now("default: 8h", "default: 4h"), "granted by grant staging: [deploy] for 4h");
  EXPECT_EQ(now("name: staging", "name: everyday"), "granted by grant everyday: [deploy] for 8h");
  EXPECT_THAT(now("[engineering]", "[sre]"), HasSubstr("refused by default deny"));
}

constexpr char kStaging[] = R"(
grants:
  - name: staging
    description: Engineers deploy.
    for: {realm: people, groups: [engineering]}
    user_certificate: {hosts: any, logins: [deploy], lifetime: {default: 8h, max: 16h}}
)";

// Two lines that read the same explain nothing.
TEST(Recorded, WhatElseDiffersIsTold) {
  const std::string before = kStaging;
  const std::vector<RecordedDecision> decisions =
      Record(*SetOf(before), Asking("alice", {"engineering"}));
  std::string with = before;
  with.replace(with.find("hosts: any"), 10,
               "hosts: any, extensions: [], critical_options: {force_command: date, "
               "source_address: [10.0.0.0/8]}");
  const std::vector<ChangedAnswer> changed = Replay(*SetOf(with), decisions);
  ASSERT_THAT(changed, SizeIs(1));
  EXPECT_EQ(TermsText(decisions[0].answer, changed[0].now),
            "; extensions [permit-pty]; any command; from anywhere");
  EXPECT_EQ(TermsText(changed[0].now, decisions[0].answer),
            "; extensions []; only date; only from [10.0.0.0/8]");
  EXPECT_EQ(TermsText(changed[0].now, changed[0].now), "");
}

TEST(Recorded, AnswersThatReadTheSameAreToldOnce) {
  const std::string before = kStaging;
  std::vector<RecordedDecision> decisions;
  for (const char* who : {"alice", "bob", "alice", "alice"}) {
    for (RecordedDecision& one : Record(*SetOf(before), Asking(who, {"engineering"}))) {
      one.time += absl::Minutes(static_cast<int64_t>(decisions.size()));
      decisions.push_back(std::move(one));
    }
  }
  std::string with = before;
  with.replace(with.find("default: 8h"), 11, "default: 4h");
  const std::vector<ChangedAnswer> changed = Replay(*SetOf(with), decisions);
  ASSERT_THAT(changed, SizeIs(4));
  const std::vector<AlikeAnswers> groups = GroupAnswers(changed);
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0].first->decision, &decisions[0]);
  EXPECT_EQ(groups[0].count, 3u);
  EXPECT_EQ(groups[0].last, decisions[3].time);
  EXPECT_EQ(groups[1].count, 1u);
}

TEST(Recorded, RefusalsThatNoPolicyChangesAndOldOnesAreCountedOnly) {
  v1::LedgerEvent event;
  v1::DenialEvent& denial = *event.mutable_denial();
  const policy::Situation alice = Asking("alice", {});
  recorded::Put(alice.identity, *denial.mutable_identity());
  recorded::Put(alice.request, *denial.mutable_request());
  denial.mutable_decision()->set_rule("built-in: subject key");
  ASSERT_OK_AND_ASSIGN(const RecordedEvents hard, ReadRecorded(1, event.SerializeAsString()));
  EXPECT_TRUE(hard.not_by_policy);
  EXPECT_THAT(hard.decisions, IsEmpty());
  denial.mutable_decision()->set_rule("default deny");
  ASSERT_OK_AND_ASSIGN(const RecordedEvents old, ReadRecorded(1, event.SerializeAsString()));
  EXPECT_TRUE(old.without_facts);
  EXPECT_THAT(old.decisions, IsEmpty());
}

TEST(Recorded, ADamagedEventIsNamed) {
  v1::LedgerEvent event;
  event.mutable_session_started()->mutable_identity()->set_subject("nobody");
  EXPECT_THAT(ReadRecorded(12, event.SerializeAsString()),
              StatusIs(StatusCode::kDataLoss, HasSubstr("event 12")));
  EXPECT_THAT(ReadRecorded(13, "\xff\xff"), StatusIs(StatusCode::kDataLoss, HasSubstr("event 13")));
}

}  // namespace
}  // namespace mayfly::client
