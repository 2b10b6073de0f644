// People enrolled by calls, and the names of realms.
#include "tests/ca/ledger/ledger_fixture.h"

namespace mayfly::ledger {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class Users : public LedgerTest {
 protected:
  static UserRecord User(const std::string& name, uint64_t key) {
    return {"ssh-key", name, {"engineering"}, {KeyNumber(key)}};
  }
  absl::Status Add(const std::vector<UserRecord>& users) {
    return ledger().RecordUsers(NewCall(), operator_, users);
  }
  size_t Count() { return ledger().ListUsers().value().size(); }

  const model::Identity operator_ = IdentityOf("user:olga@people");
  const model::Subject alice_ = SubjectNamed("user:alice@people");
};

TEST_F(Users, AreKeptWithWhoAddedThem) {
  const UserRecord alice = User("alice", 1);
  ASSERT_OK(Add({alice, User("bob", 2)}));
  Reopen();
  ASSERT_OK_AND_ASSIGN(const std::vector<UserState> users, ledger().ListUsers());
  ASSERT_THAT(users, SizeIs(2));
  EXPECT_EQ(users[0].record, alice);
  EXPECT_EQ(users[0].added_by, "user:olga@people");
  EXPECT_EQ(users[0].added_at, clock().Now());
  EXPECT_THAT(EventTypes(), ElementsAre("users_added"));
}

TEST_F(Users, AreEnrolledAllOrNone) {
  ASSERT_OK(Add({User("alice", 1)}));
  EXPECT_THAT(Add({User("bob", 2), User("alice", 3)}),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("alice is enrolled already")));
  EXPECT_THAT(Add({User("bob", 2), User("carol", 1)}),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("of carol is enrolled already")));
  EXPECT_EQ(Count(), 1u);
  EXPECT_THAT(EventTypes(), ElementsAre("users_added"));
}

TEST_F(Users, AKeyThatIsUsedElsewhereIsNoCredential) {
  ASSERT_OK(IssueUser("user:alice@people", 1));
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 2)));
  ASSERT_OK(MakeToken(Token(3, 1)));
  for (const uint64_t key : {1, 2, 3}) {
    EXPECT_THAT(Add({User("bob", key)}), StatusIs(StatusCode::kPermissionDenied,
                                                  HasSubstr("used elsewhere is no credential")));
  }
  EXPECT_EQ(Count(), 0u);
}

TEST_F(Users, RemovingOneFreesNameAndKeyAndMovesTheGeneration) {
  ASSERT_OK(Add({User("alice", 1)}));
  ASSERT_OK_AND_ASSIGN(const uint64_t before, ledger().Generation());
  EXPECT_THAT(ledger().RemoveUser(NewCall(), operator_, "other", alice_),
              StatusIs(StatusCode::kNotFound));
  ASSERT_OK(ledger().RemoveUser(NewCall(), operator_, "ssh-key", alice_));
  EXPECT_THAT(ledger().Generation(), IsOkAndHolds(before + 1));
  EXPECT_THAT(ledger().RemoveUser(NewCall(), operator_, "ssh-key", alice_),
              StatusIs(StatusCode::kNotFound, HasSubstr("nobody was enrolled as alice")));
  ASSERT_OK(Add({User("alice", 1)}));
  EXPECT_THAT(EventTypes(), ElementsAre("users_added", "user_removed", "users_added"));
}

TEST_F(Users, RemovingOneEndsTheirSessionsForGood) {
  ASSERT_OK(Add({User("alice", 1), User("bob", 2)}));
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 3)));
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:bob@people", 4)));
  ASSERT_OK(ledger().RemoveUser(NewCall(), operator_, "ssh-key", alice_));
  ASSERT_OK(Add({User("alice", 1)}));
  ASSERT_OK_AND_ASSIGN(const SessionState ended, ledger().FindSession(KeyNumber(3).Fingerprint()));
  EXPECT_TRUE(ended.ended_at.has_value());
  ASSERT_OK_AND_ASSIGN(const SessionState other, ledger().FindSession(KeyNumber(4).Fingerprint()));
  EXPECT_FALSE(other.ended_at.has_value());
}

TEST_F(Users, RemovingOneIsToldToWebhooks) {
  ASSERT_OK(Add({User("alice", 1)}));
  ASSERT_OK_AND_ASSIGN(const int64_t start, ledger().ReaderPosition("chat"));
  ASSERT_OK(ledger().RemoveUser(NewCall(), operator_, "ssh-key", alice_));
  ASSERT_OK_AND_ASSIGN(const Happenings told, ledger().ReadHappenings(start, 10));
  ASSERT_THAT(told.list, SizeIs(1));
  EXPECT_EQ(told.list[0].kind, HappeningKind::kRevocation);
  EXPECT_EQ(told.list[0].subject, "user:alice@people");
  EXPECT_THAT(told.list[0].details,
              ElementsAre(Pair("what", "user"), Pair("by", "user:olga@people")));
}

TEST_F(Users, AReplayedCallEnrolsNobody) {
  const model::Call call = NewCall();
  ASSERT_OK(ledger().RecordUsers(call, operator_, {User("alice", 1)}));
  EXPECT_THAT(ledger().RecordUsers(call, operator_, {User("bob", 2)}),
              StatusIs(StatusCode::kAlreadyExists));
  EXPECT_EQ(Count(), 1u);
}

// --- Names ---------------------------------------------------------------------------------------

class NamesOfRealms : public LedgerTest {
 protected:
  // A login of `subject` as `issuer` knows it.
  absl::Status Login(const std::string& issuer, const std::string& issuer_subject, uint64_t key) {
    SessionRecord session = Session("user:alice@people", key);
    session.identity.issuer = issuer;
    session.identity.issuer_subject = issuer_subject;
    return ledger().RecordSession(NewCall(), session);
  }
  static constexpr char kIdp[] = "https://id.example.com";
  const model::Subject alice_ = SubjectNamed("user:alice@people");
};

TEST_F(NamesOfRealms, AreBoundOnFirstSight) {
  EXPECT_THAT(ledger().FindName(alice_), StatusIs(StatusCode::kNotFound));
  ASSERT_OK(Login(kIdp, "00u1", 1));
  EXPECT_THAT(ledger().FindName(alice_), IsOkAndHolds(NameBinding{kIdp, "00u1"}));
  ASSERT_OK(Login(kIdp, "00u1", 2));
}

TEST_F(NamesOfRealms, OfAnotherProviderOrAnotherSubjectAreRefused) {
  ASSERT_OK(Login(kIdp, "00u1", 1));
  for (const auto& [issuer, subject] :
       {std::pair{kIdp, "00u2"}, {"https://evil.example", "00u1"}}) {
    EXPECT_THAT(Login(issuer, subject, 2),
                StatusIs(StatusCode::kPermissionDenied, HasSubstr("mayfly users release alice")));
  }
  // A key that was refused is not used up.
  ASSERT_OK(Login(kIdp, "00u1", 2));
}

TEST_F(NamesOfRealms, OfPeopleWhomAnOperatorEnrolledAreNotBound) {
  ASSERT_OK(ledger().RecordSession(NewCall(), Session("user:alice@people", 1)));
  ASSERT_OK(IssueUser("user:alice@people", 2));
  EXPECT_THAT(ledger().FindName(alice_), StatusIs(StatusCode::kNotFound));
}

TEST_F(NamesOfRealms, OfWorkloadsBelongToTheIssuerAlone) {
  for (const auto& [subject, key] : {std::pair{"branch main", 1}, {"branch next", 2}}) {
    SessionRecord session = Session("user:alice@people", static_cast<uint64_t>(key));
    session.identity.proof = model::Proof::kJwt;
    session.identity.issuer = kIdp;
    session.identity.issuer_subject = subject;
    ASSERT_OK(ledger().RecordSession(NewCall(), session));
  }
  EXPECT_THAT(ledger().FindName(alice_), IsOkAndHolds(NameBinding{kIdp, ""}));
}

TEST_F(NamesOfRealms, AreBoundByAnIssuanceWithoutASessionToo) {
  IssuanceBatch batch = Batch(IdentityOf("user:alice@people"), {KeyNumber(2)});
  batch.identity.proof = model::Proof::kMtls;
  batch.identity.issuer = "fleet";
  batch.identity.issuer_subject = "spiffe://example.org/alice";
  ASSERT_OK(RecordIssuances(ledger(), batch).status());
  EXPECT_THAT(ledger().FindName(alice_),
              IsOkAndHolds(NameBinding{"fleet", "spiffe://example.org/alice"}));
  EXPECT_THAT(Login(kIdp, "00u1", 3), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(NamesOfRealms, OfHostsAndOfTheLocalOperatorAreNotBound) {
  ASSERT_OK(MakeToken(Token(500, 1)));
  ASSERT_OK(RecordIssuances(ledger(), Enrolment("web1.example.com", {KeyNumber(3)}, 500)));
  EXPECT_THAT(ledger().FindName(SubjectNamed("host:web1.example.com@hosts")),
              StatusIs(StatusCode::kNotFound));
  SessionRecord session = Session("user:root@local", 4);
  session.identity.proof = model::Proof::kLocal;
  ASSERT_OK(ledger().RecordSession(NewCall(), session));
  EXPECT_THAT(ledger().FindName(SubjectNamed("user:root@local")), StatusIs(StatusCode::kNotFound));
}

TEST_F(NamesOfRealms, ReleasingOneEndsItsSessionsAndLetsTheNextHaveIt) {
  ASSERT_OK(Login(kIdp, "00u1", 1));
  ASSERT_OK_AND_ASSIGN(const uint64_t before, ledger().Generation());
  const model::Identity by = IdentityOf("user:olga@people");
  EXPECT_THAT(ledger().ReleaseName(NewCall(), by, alice_), IsOkAndHolds(NameBinding{kIdp, "00u1"}));
  EXPECT_THAT(ledger().Generation(), IsOkAndHolds(before + 1));
  ASSERT_OK_AND_ASSIGN(const SessionState old, ledger().FindSession(KeyNumber(1).Fingerprint()));
  EXPECT_EQ(old.ended_at, clock().Now());
  EXPECT_THAT(ledger().ReleaseName(NewCall(), by, alice_), StatusIs(StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const Happenings told, ledger().ReadHappenings(0, 10));
  ASSERT_THAT(told.list, SizeIs(1));
  EXPECT_EQ(told.list[0].kind, HappeningKind::kRevocation);
  EXPECT_THAT(told.list[0].details, ElementsAre(Pair("issuer", kIdp), Pair("what", "name"),
                                                Pair("by", "user:olga@people")));
  ASSERT_OK(Login("https://new.example.com", "7", 2));
  EXPECT_THAT(Login(kIdp, "00u1", 3), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(EventTypes(), ElementsAre("session_started", "name_released", "session_started"));
}

}  // namespace
}  // namespace mayfly::ledger
