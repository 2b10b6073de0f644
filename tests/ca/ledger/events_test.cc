#include "nlohmann/json.hpp"
#include "tests/ca/ledger/ledger_fixture.h"
#include "tests/testing/format_page.h"

namespace mayfly::ledger {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class Events : public LedgerTest {
 protected:
  DenialRecord Denial() {
    model::Denied denied;
    denied.rule = "denial contractors-never-root";
    denied.message = "contractors use deploy";
    denied.policy_hash = std::string(64, 'b');
    denied.trace = {{"denial contractors-never-root",
                     "a.yaml:9",
                     "refused",
                     {{"logins: any of [root]", model::Outcome::kUnknown, "why \x01 not"}}}};
    model::Request request{.kind = ssh::CertificateKind::kUser, .key = KeyNumber(1)};
    return {NewCall(), IdentityOf("user:alice@people"), request, denied};
  }
};

TEST_F(Events, EachOpensItsCommitment) {
  ASSERT_OK(IssueUser("user:alice@people", 1));
  ASSERT_OK(ledger().RecordDenial(Denial()));
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 2)));
  ASSERT_OK(ledger().RecordNotice({NoticeKind::kDaemonStarted, {}}));
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().RecentEvents(10));
  ASSERT_THAT(events, SizeIs(4));
  const uint8_t classes[] = {4, 3, 2, 1};  // Newest first; docs/formats/ledger.md.
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_THAT(events[i].opening, SizeIs(32));
    EXPECT_EQ(events[i].commitment, CommitmentOf(events[i].opening, classes[i], events[i].event));
  }
  EXPECT_NE(events[0].opening, events[1].opening);
}

// The worked example of docs/formats/ledger.md, made by protoc 3.21 and openssl dgst 3.0.
constexpr char kExampleEvent[] = "0a060890a395cd067a100a0e6461656d6f6e5f73746172746564";

TEST(Commitment, IsHmacOverVersionClassAndEvent) {
  EXPECT_EQ(HexEncode(CommitmentOf(Bytes(32, 0x0b), 4, HexDecode(kExampleEvent).value())),
            "34bdd6cb3b602a3f23bff8300df7cfd25d7139cd3d396424acff25d718f6a83a");
}

TEST_F(Events, AreTheBytesOfTheFormatPage) {
  const testing::FormatPage page("ledger");
  EXPECT_TRUE(page.Says(kExampleEvent));
  ASSERT_OK(ledger().RecordNotice({NoticeKind::kDaemonStarted, {}}));
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().RecentEvents(1));
  EXPECT_EQ(HexEncode(events.at(0).event), kExampleEvent);
}

TEST_F(Events, ADecisionIsFoundAsItWasTaken) {
  const DenialRecord denial = Denial();
  ASSERT_OK(ledger().RecordDenial(denial));
  ASSERT_OK_AND_ASSIGN(const DecisionState denied, ledger().FindDecision(denial.call.request_id));
  EXPECT_EQ(std::get<model::Denied>(denied.decision), denial.denied);
  EXPECT_EQ(denied.subject.ToString(), "user:alice@people");
  EXPECT_EQ(denied.serial, std::nullopt);
  EXPECT_EQ(denied.time, clock().Now());

  IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  batch.issuances[0].granted.terms.force_command = "uptime";
  batch.issuances[0].granted.terms.source_addresses = {IpNetwork::Parse("10.0.0.0/8").value()};
  batch.issuances[0].granted.terms.extensions = {"permit-pty"};
  ASSERT_OK(RecordIssuances(ledger(), batch));
  ASSERT_OK_AND_ASSIGN(const DecisionState granted, ledger().FindDecision(batch.call.request_id));
  EXPECT_EQ(std::get<model::Granted>(granted.decision), batch.issuances[0].granted);
  EXPECT_EQ(granted.serial, batch.issuances[0].body.serial);
  EXPECT_EQ(granted.sequence, 2);
}

TEST_F(Events, AStrangeRequestIdIsNotFound) {
  EXPECT_THAT(ledger().FindDecision("x'; DROP TABLE events; --\x1b"),
              StatusIs(StatusCode::kNotFound, Not(HasSubstr("\x1b"))));
}

TEST_F(Events, OfARequestAreItsDecisionAndWhatWasSigned) {
  const IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  ASSERT_OK(RecordIssuances(ledger(), batch));
  ASSERT_OK(IssueUser("user:bob@people", 2));
  ledger().RecordSignedLater(batch.call, batch.identity.subject, {Sign(batch.issuances[0].body)});
  Reopen();
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().EventsOfRequest(batch.call.request_id));
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].type, "issuance");
  EXPECT_EQ(events[1].type, "signed");
  EXPECT_EQ(events[1].subject, "user:alice@people");
  const auto json = nlohmann::json::parse(events[1].json);
  EXPECT_EQ(json["signing"]["certificates"][0]["signature"],
            Base64Encode(Sign(batch.issuances[0].body).signature.Encode()));
}

TEST_F(Events, AreReadableToPeople) {
  const IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(1)});
  ASSERT_OK(RecordIssuances(ledger(), batch));
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().RecentEvents(1));
  const auto json = nlohmann::json::parse(events.at(0).json);
  EXPECT_EQ(json["time"], "2026-03-02T09:00:00Z");
  EXPECT_EQ(json["subject"], "user:alice@people");
  const auto& issuance = json["issuance"]["issuances"][0];
  EXPECT_EQ(issuance["serial"], batch.issuances[0].body.serial.value);
  EXPECT_EQ(issuance["request"]["subject_key"], KeyNumber(1).Fingerprint().text);
  EXPECT_EQ(issuance["decision"]["terms"]["lifetime"], "8h");
  EXPECT_EQ(issuance["decision"]["trace"][0]["conditions"][0]["outcome"], "held");
  EXPECT_EQ(json["issuance"]["call"]["documents"][0]["document"],
            Base64Encode(batch.call.document));
  EXPECT_EQ(json["issuance"]["identity"]["groups"]["state"], "known");
}

TEST_F(Events, KeepWhatACallerWroteHoweverBroken) {
  DenialRecord denial = Denial();
  denial.request->ask.reason = "\xff\xfe not UTF-8";
  denial.call.method = std::string("\0\x80", 2);
  ASSERT_OK(ledger().RecordDenial(denial));
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().EventsOfRequest(denial.call.request_id));
  const auto json = nlohmann::json::parse(events.at(0).json);
  EXPECT_EQ(json["denial"]["request"]["ask"]["reason"], "\\xff\\xfe not UTF-8");
  EXPECT_OK(ledger().FindDecision(denial.call.request_id));
}

TEST_F(Events, NoticesCarryTheirDetails) {
  ASSERT_OK(ledger().RecordNotice(
      {NoticeKind::kPolicyApplied, {{"hash", "abc"}, {"widening", "denial x went"}}}));
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().RecentEvents(1));
  EXPECT_EQ(events.at(0).type, "policy_applied");
  const auto json = nlohmann::json::parse(events.at(0).json);
  EXPECT_EQ(json["notice"]["details"]["widening"], "denial x went");
}

TEST_F(Events, BundleVersionsOnlyGrow) {
  EXPECT_THAT(ledger().NextBundleVersion(), IsOkAndHolds(1u));
  Reopen();
  EXPECT_THAT(ledger().NextBundleVersion(), IsOkAndHolds(2u));
}

// --- Strangers -----------------------------------------------------------------------------------

class StrangerEvents : public Events {
 protected:
  size_t EventCount() { return EventTypes().size(); }
};

TEST_F(StrangerEvents, AreOneAMinuteAndCause) {
  for (int i = 0; i < 500; ++i) ledger().CountStranger("bad_signature");
  ledger().CountStranger("stale");
  EXPECT_EQ(EventCount(), 0u);
  ASSERT_OK(ledger().FlushStrangers());
  EXPECT_THAT(EventTypes(), ElementsAre("strangers_refused", "strangers_refused"));
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().RecentEvents(2));
  EXPECT_THAT(events[1].json, HasSubstr(R"("cause":"bad_signature","count":"500")"));

  ledger().CountStranger("stale");
  ASSERT_OK(ledger().FlushStrangers());
  EXPECT_EQ(EventCount(), 2u) << "within the same minute";
  clock().Advance(absl::Minutes(1));
  ASSERT_OK(ledger().FlushStrangers());
  EXPECT_EQ(EventCount(), 3u);
  ASSERT_OK(ledger().FlushStrangers());
  EXPECT_EQ(EventCount(), 3u) << "nothing happened";
}

TEST_F(StrangerEvents, AreAThousandADayAtMostAndNothingIsLost) {
  const auto minute = [&] {
    ledger().CountStranger("stale");
    clock().Advance(absl::Minutes(1));
    return ledger().FlushStrangers();
  };
  clock().Set(absl::FromUnixSeconds(1772409600));  // Midnight, 2026-03-02.
  for (int i = 0; i < 1200; ++i) ASSERT_OK(minute());
  ASSERT_OK_AND_ASSIGN(auto newest, ledger().RecentEvents(1));
  EXPECT_EQ(newest.at(0).sequence, 1000);
  clock().Advance(absl::Hours(24));
  ASSERT_OK(minute());
  ASSERT_OK_AND_ASSIGN(newest, ledger().RecentEvents(1));
  EXPECT_EQ(newest.at(0).sequence, 1001);
  EXPECT_THAT(newest.at(0).json, HasSubstr(R"("count":"201")"));
}

TEST_F(StrangerEvents, CausesAreBounded) {
  for (int i = 0; i < 10000; ++i) ledger().CountStranger("made up " + std::to_string(i));
  ASSERT_OK(ledger().FlushStrangers());
  EXPECT_LE(EventCount(), 65u);
}

TEST_F(Events, ActivatedCaKeysAreFoundHoweverMuchCameAfter) {
  ASSERT_OK(ledger().RecordNotice(
      {NoticeKind::kCaKeyActivated, {{"role", "user-ca"}, {"fingerprint", "SHA256:one"}}}));
  for (int i = 0; i < 50; ++i) ASSERT_OK(ledger().RecordNotice({NoticeKind::kDaemonStarted, {}}));
  ASSERT_OK_AND_ASSIGN(const auto events, ledger().ActivatedCaKeys());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_THAT(events[0].json, ::testing::HasSubstr("SHA256:one"));
}

}  // namespace
}  // namespace mayfly::ledger
