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
  session.identity.issuer = "https://id.example.com";
  session.identity.issuer_subject = "00u1";
  session.identity.hardware = model::Fact<bool>::Known(true);
  session.identity.user_present = model::Fact<bool>::Known(false);
  session.identity.user_verified = model::Fact<bool>::Unknown();
  session.identity.bearer_digest = "sha256:00ff";
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

TEST_F(Sessions, ATokenIsUsedOnce) {
  SessionRecord session = Session("user:alice@people", 1);
  session.identity.issuer = "https://id.example.com";
  session.identity.issuer_subject = "a1";
  session.identity.bearer_digest = "sha256:00";
  session.identity.token_use = {"https://id.example.com t1", "t1", clock().Now() + absl::Hours(1),
                                model::TokenReuse::kOnce};
  ASSERT_OK(ledger().RecordSession(NewCall(), session));
  SessionRecord stolen = Session("user:alice@people", 2);
  stolen.identity = session.identity;
  EXPECT_THAT(ledger().RecordSession(NewCall(), stolen),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("token was used before")));
  // Also after a restart, and nothing of the refused session is left.
  Reopen();
  EXPECT_THAT(ledger().RecordSession(NewCall(), stolen), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(ledger().FindSession(stolen.key.Fingerprint()), StatusIs(StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const SessionState found, ledger().FindSession(session.key.Fingerprint()));
  EXPECT_EQ(found.record.identity, session.identity);
}

TEST_F(Sessions, ATokenBoundToAKeyMayBeUsedByItAgain) {
  SessionRecord session = Session("user:alice@people", 1);
  session.identity.token_use = {"https://id.example.com t1", "t1", clock().Now() + absl::Hours(1),
                                model::TokenReuse::kSameKey};
  ASSERT_OK(ledger().RecordSession(NewCall(), session));
  ASSERT_OK(ledger().FindSession(session.key.Fingerprint()));
  session.ends_at += absl::Minutes(1);
  ASSERT_OK(ledger().RecordSession(NewCall(), session));
  ASSERT_OK_AND_ASSIGN(const SessionState longer, ledger().FindSession(session.key.Fingerprint()));
  EXPECT_EQ(longer.record.ends_at, session.ends_at);
  SessionRecord other = Session("user:alice@people", 2);
  other.identity = session.identity;
  EXPECT_THAT(ledger().RecordSession(NewCall(), other),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("bound to the key")));
  // One that was ended stays ended.
  ASSERT_OK(ledger().EndSession(NewCall(), alice_, session.key.Fingerprint()));
  EXPECT_THAT(ledger().RecordSession(NewCall(), session), StatusIs(StatusCode::kPermissionDenied));
}

class Names : public Sessions {
 protected:
  // A session of alice, by a token of its own.
  absl::Status Start(int key, const std::string& issuer, const std::string& issuer_subject,
                     model::Proof proof = model::Proof::kOidc) {
    SessionRecord session = Session("user:alice@people", key);
    session.identity.issuer = issuer;
    session.identity.issuer_subject = issuer_subject;
    session.identity.proof = proof;
    return ledger().RecordSession(NewCall(), session);
  }
  static constexpr char kIssuer[] = "https://id.example.com";
};

TEST_F(Names, BelongToTheProvidersSubjectThatCameFirst) {
  ASSERT_OK(Start(1, kIssuer, "a1"));
  ASSERT_OK(Start(2, kIssuer, "a1"));
  Reopen();
  EXPECT_THAT(Start(3, kIssuer, "a2"),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("bound to somebody else")));
  EXPECT_THAT(Start(4, "https://other.example.com", "a1"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(ledger().FindSession(KeyNumber(3).Fingerprint()), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(ledger().FindName(alice_.subject), IsOkAndHolds(NameBinding{kIssuer, "a1"}));
}

TEST_F(Names, OfWorkloadsBelongToTheirPlatform) {
  ASSERT_OK(Start(1, kIssuer, "repo:a/b:ref:refs/heads/main", model::Proof::kJwt));
  ASSERT_OK(Start(2, kIssuer, "repo:a/b:ref:refs/tags/v1", model::Proof::kJwt));
  EXPECT_THAT(Start(3, kIssuer, "a1"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Start(4, "https://other.example.com", "a1", model::Proof::kJwt),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(Names, OfTheUsersFileAreItsOwnBusiness) {
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 1)));
  EXPECT_THAT(ledger().FindName(alice_.subject), StatusIs(StatusCode::kNotFound));
}

TEST_F(Sessions, RefusesAReplayAsOne) {
  const model::Call call = NewCall();
  ASSERT_OK(ledger().RecordSession(call, Session("user:alice@people", 1)));
  EXPECT_THAT(ledger().RecordSession(call, Session("user:alice@people", 1)),
              StatusIs(StatusCode::kAlreadyExists));
}

}  // namespace
}  // namespace mayfly::ledger
