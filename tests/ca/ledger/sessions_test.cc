#include "tests/ca/ledger/ledger_fixture.h"

namespace mayfly::ledger {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Sessions : public LedgerTest {
 protected:
  const model::Identity alice_ = IdentityOf("user:alice@people");
};

TEST_F(Sessions, KeepsTheIdentityAsFirstProven) {
  SessionRecord session = Session("user:alice@people", 1);
  session.identity.groups = model::Fact<std::vector<std::string>>::Unknown();
  session.identity.claims["email"] = model::Fact<std::string>::Known("alice@example.com");
  session.identity.claims["team"] = model::Fact<std::string>::Absent();
  session.identity.claims["level"] = model::Fact<std::string>::Unknown();
  session.identity.until = clock().Now() + absl::Hours(3);
  ASSERT_OK(ledger().RecordSession(NewCall(), session));
  Reopen();
  ASSERT_OK_AND_ASSIGN(const SessionState found, ledger().FindSession(session.key.Fingerprint()));
  EXPECT_EQ(found.record.identity, session.identity);
  EXPECT_EQ(found.record.key, session.key);
  EXPECT_EQ(found.record.ends_at, session.ends_at);
  EXPECT_EQ(found.ended_at, std::nullopt);
}

TEST_F(Sessions, KeepsWhetherASecurityKeyStartedThem) {
  uint64_t number = 1;
  for (const auto& hardware : {model::Fact<bool>::Known(true), model::Fact<bool>::Known(false),
                               model::Fact<bool>::Unknown(), model::Fact<bool>::Absent()}) {
    SessionRecord session = Session("user:alice@people", number++);
    session.identity.hardware = hardware;
    ASSERT_OK(ledger().RecordSession(NewCall(), session));
    ASSERT_OK_AND_ASSIGN(const SessionState found, ledger().FindSession(session.key.Fingerprint()));
    EXPECT_EQ(found.record.identity.hardware, hardware);
  }
}

TEST_F(Sessions, AnUnknownKeyIsNotFound) {
  EXPECT_THAT(ledger().FindSession(KeyNumber(1).Fingerprint()), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(ledger().EndSession(NewCall(), alice_, KeyNumber(1).Fingerprint()),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(Sessions, EndingMovesTheGenerationOnceAndMayBeRepeated) {
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 1)));
  ASSERT_OK_AND_ASSIGN(const uint64_t before, ledger().Generation());
  ASSERT_OK(ledger().EndSession(NewCall(), alice_, KeyNumber(1).Fingerprint()));
  ASSERT_OK(ledger().EndSession(NewCall(), alice_, KeyNumber(1).Fingerprint()));
  EXPECT_THAT(ledger().Generation(), IsOkAndHolds(before + 1));
  ASSERT_OK_AND_ASSIGN(const SessionState state, ledger().FindSession(KeyNumber(1).Fingerprint()));
  EXPECT_EQ(state.ended_at, clock().Now());
  EXPECT_THAT(EventTypes(), ElementsAre("session_started", "session_ended"));
}

// It is kept in memory until the generation moves; an end must be seen by the very next question.
TEST_F(Sessions, AnEndIsSeenAtOnceHoweverOftenTheSessionWasAskedFor) {
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 1)));
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 2)));
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(const SessionState found,
                         ledger().FindSession(KeyNumber(1).Fingerprint()));
    EXPECT_EQ(found.ended_at, std::nullopt);
  }
  ASSERT_OK(ledger().EndSession(NewCall(), alice_, KeyNumber(1).Fingerprint()));
  ASSERT_OK_AND_ASSIGN(SessionState found, ledger().FindSession(KeyNumber(1).Fingerprint()));
  EXPECT_NE(found.ended_at, std::nullopt);
  ASSERT_OK_AND_ASSIGN(found, ledger().FindSession(KeyNumber(2).Fingerprint()));
  EXPECT_EQ(found.ended_at, std::nullopt);
}

TEST_F(Sessions, AKeyThatEndedIsNeverASessionAgain) {
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 1)));
  ASSERT_OK(ledger().EndSession(NewCall(), alice_, KeyNumber(1).Fingerprint()));
  EXPECT_THAT(ledger().RecordSession(NewCall(), Session("user:alice@people", 1)),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("used before")));
}

TEST_F(Sessions, ASessionKeyIsNeverCertifiedNorACertifiedKeyASession) {
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 1)));
  EXPECT_THAT(IssueUser("user:alice@people", 1), StatusIs(StatusCode::kPermissionDenied));
  ASSERT_OK(IssueUser("user:alice@people", 2));
  EXPECT_THAT(ledger().RecordSession(NewCall(), Session("user:alice@people", 2)),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(ledger().KeyOwner(KeyNumber(1).Fingerprint()),
              IsOkAndHolds("session of user:alice@people"));
}

TEST_F(Sessions, RefusesAReplayAsOne) {
  const model::Call call = NewCall();
  ASSERT_OK(ledger().RecordSession(call, Session("user:alice@people", 1)));
  EXPECT_THAT(ledger().RecordSession(call, Session("user:alice@people", 1)),
              StatusIs(StatusCode::kAlreadyExists));
}

}  // namespace
}  // namespace mayfly::ledger
