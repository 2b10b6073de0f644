#include "ca/ledger/name_pattern.h"
#include "tests/ca/ledger/ledger_fixture.h"

namespace mayfly::ledger {
namespace {

using absl::StatusCode;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr uint64_t kToken = 500;

class Hosts : public LedgerTest {
 protected:
  const std::vector<ssh::PublicKey> keys_ = {KeyNumber(1), KeyNumber(2)};
  const std::vector<ssh::PublicKey> other_keys_ = {KeyNumber(3), KeyNumber(4)};

  absl::Status Enrol(const std::string& name, const std::vector<ssh::PublicKey>& keys,
                     uint64_t token = kToken, bool replaces = false) {
    return RecordIssuances(ledger(), Enrolment(name, keys, token, replaces)).status();
  }
  int64_t Used(uint64_t token = kToken) {
    const auto state = ledger().FindJoinToken(KeyNumber(token).Fingerprint());
    return state.ok() ? state->used : -1;
  }
};

TEST_F(Hosts, ATokenIsFoundAsItWasMade) {
  JoinTokenRecord token = Token(kToken, 3);
  token.networks = {IpNetwork::Parse("10.0.0.0/8").value()};
  token.replaces = true;
  ASSERT_OK(MakeToken(token));
  Reopen();
  ASSERT_OK_AND_ASSIGN(const JoinTokenState state, ledger().FindJoinToken(token.key.Fingerprint()));
  EXPECT_EQ(state.record.key, token.key);
  EXPECT_EQ(state.record.authenticator, "join");
  EXPECT_EQ(state.record.uses, 3);
  EXPECT_EQ(state.used, 0);
  EXPECT_EQ(state.record.expires_at, token.expires_at);
  EXPECT_EQ(state.record.name_pattern, token.name_pattern);
  EXPECT_EQ(state.record.labels, token.labels);
  EXPECT_EQ(state.record.networks, token.networks);
  EXPECT_TRUE(state.record.replaces);
  EXPECT_EQ(state.record.description, "web hosts");
  EXPECT_EQ(state.created_by, "user:root@people");
}

TEST_F(Hosts, ATokenThatCouldNotBeIsRefused) {
  JoinTokenRecord none = Token(kToken, 0);
  EXPECT_THAT(MakeToken(none), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(MakeToken(Token(kToken, 100001)), StatusIs(StatusCode::kInvalidArgument));
  JoinTokenRecord late = Token(kToken, 1);
  late.expires_at = clock().Now();
  EXPECT_THAT(MakeToken(late), StatusIs(StatusCode::kInvalidArgument));
  JoinTokenRecord wild = Token(kToken, 1);
  wild.name_pattern = "*.*";
  EXPECT_THAT(MakeToken(wild), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_OK(MakeToken(Token(kToken, 1)));
  EXPECT_THAT(MakeToken(Token(kToken, 1)), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(Hosts, EnrolmentWritesTheRecordThatRenewalsRestOn) {
  ASSERT_OK(MakeToken(Token(kToken, 1)));
  ASSERT_OK(Enrol("web1.example.com", keys_));
  Reopen();
  ASSERT_OK_AND_ASSIGN(const HostState host, ledger().FindHost("web1.example.com"));
  EXPECT_EQ(host.host.ToString(), "host:web1.example.com@hosts");
  EXPECT_EQ(host.labels, (model::Labels{{"role", "web"}}));
  EXPECT_EQ(host.authenticator, "join");
  EXPECT_EQ(host.enrolled_at, clock().Now());
  EXPECT_THAT(host.key_fingerprints,
              ElementsAre(keys_[0].Fingerprint().text, keys_[1].Fingerprint().text));
  for (const ssh::PublicKey& key : keys_) {
    ASSERT_OK_AND_ASSIGN(const HostState by_key, ledger().FindHostByKey(key.Fingerprint()));
    EXPECT_EQ(by_key.host, host.host);
  }
  EXPECT_THAT(ledger().ListHosts(), IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ(Used(), 1);
}

TEST_F(Hosts, TheSameHostMayRepeatTheCallAndSpendsNothing) {
  ASSERT_OK(MakeToken(Token(kToken, 1)));
  ASSERT_OK(Enrol("web1.example.com", keys_));
  ASSERT_OK(Enrol("web1.example.com", {keys_[1], keys_[0]}));
  EXPECT_EQ(Used(), 1);
  EXPECT_THAT(ledger().ListHosts(), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(EventTypes(), ElementsAre("join_token_created", "issuance", "issuance"));
}

TEST_F(Hosts, ASpentTokenIsRefused) {
  ASSERT_OK(MakeToken(Token(kToken, 1)));
  ASSERT_OK(Enrol("web1.example.com", keys_));
  EXPECT_THAT(Enrol("web2.example.com", other_keys_),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("spent")));
  EXPECT_THAT(ledger().FindHost("web2.example.com"), StatusIs(StatusCode::kNotFound));
  // A subset of the keys is another set: it does not ride on the use.
  EXPECT_THAT(Enrol("web1.example.com", {keys_[0]}), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_EQ(Used(), 1);
}

TEST_F(Hosts, ATokenOfManyUsesGivesExactlyThose) {
  ASSERT_OK(MakeToken(Token(kToken, 3)));
  int enrolled = 0;
  for (uint64_t i = 1; i <= 5; ++i) {
    enrolled += Enrol("web" + std::to_string(i) + ".example.com", {KeyNumber(100 + i)}).ok();
  }
  EXPECT_EQ(enrolled, 3);
  EXPECT_EQ(Used(), 3);
}

TEST_F(Hosts, AnExpiredTokenIsRefusedAlsoToWhoUsedIt) {
  ASSERT_OK(MakeToken(Token(kToken, 2)));
  ASSERT_OK(Enrol("web1.example.com", keys_));
  clock().Advance(absl::Hours(1));
  EXPECT_THAT(Enrol("web1.example.com", keys_),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("expired")));
}

TEST_F(Hosts, ATokenForAnotherNameOrAnUnknownOneIsRefused) {
  ASSERT_OK(MakeToken(Token(kToken, 2)));
  EXPECT_THAT(Enrol("db1.example.com", keys_),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("web*.example.com")));
  EXPECT_THAT(Enrol("web1.example.com", keys_, 501),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("not known")));
  EXPECT_EQ(Used(), 0);
}

TEST_F(Hosts, ATakenNameIsRefusedAndSpendsNothing) {
  ASSERT_OK(MakeToken(Token(kToken, 2)));
  ASSERT_OK(Enrol("web1.example.com", keys_));
  EXPECT_THAT(Enrol("web1.example.com", other_keys_),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("taken")));
  EXPECT_EQ(Used(), 1);
  EXPECT_THAT(ledger().KeyOwner(KeyNumber(3).Fingerprint()), IsOkAndHolds(""));
}

TEST_F(Hosts, ATokenThatReplacesRetiresTheOldRecord) {
  ASSERT_OK(MakeToken(Token(kToken, 1)));
  ASSERT_OK(Enrol("web1.example.com", keys_));
  JoinTokenRecord replacing = Token(501, 1);
  replacing.replaces = true;
  ASSERT_OK(MakeToken(replacing));
  ASSERT_OK_AND_ASSIGN(const uint64_t before, ledger().Generation());
  ASSERT_OK(Enrol("web1.example.com", other_keys_, 501, /*replaces=*/true));
  EXPECT_THAT(ledger().FindHostByKey(KeyNumber(1).Fingerprint()), StatusIs(StatusCode::kNotFound));
  EXPECT_OK(ledger().FindHostByKey(KeyNumber(3).Fingerprint()));
  EXPECT_THAT(ledger().ListHosts(), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(ledger().Generation(), IsOkAndHolds(before + 1));
  EXPECT_THAT(EventTypes(), ElementsAre("join_token_created", "issuance", "join_token_created",
                                        "issuance", "host_retired"));
  ASSERT_OK_AND_ASSIGN(const Happenings told, ledger().ReadHappenings(0, 10));
  ASSERT_THAT(told.list, SizeIs(1));
  EXPECT_EQ(told.list[0].kind, HappeningKind::kRevocation);
  EXPECT_THAT(told.list[0].details, Contains(Pair("what", "host")));
}

TEST_F(Hosts, TheCallerCannotSayThatATokenReplaces) {
  ASSERT_OK(MakeToken(Token(kToken, 2)));
  ASSERT_OK(Enrol("web1.example.com", keys_));
  EXPECT_THAT(Enrol("web1.example.com", other_keys_, kToken, /*replaces=*/true),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("taken")));
}

TEST_F(Hosts, AClonedImageIsToldWhatToDo) {
  ASSERT_OK(MakeToken(Token(kToken, 3)));
  ASSERT_OK(Enrol("web1.example.com", keys_));
  EXPECT_THAT(Enrol("web2.example.com", keys_),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("ssh-keygen -A")));
  EXPECT_THAT(Enrol("web2.example.com", {KeyNumber(5), keys_[1]}),
              StatusIs(StatusCode::kPermissionDenied, HasSubstr("/etc/ssh/ssh_host_*")));
  EXPECT_EQ(Used(), 1);
  EXPECT_THAT(ledger().KeyOwner(KeyNumber(5).Fingerprint()), IsOkAndHolds(""));
}

TEST_F(Hosts, AUsersKeyIsNoHostKey) {
  ASSERT_OK(MakeToken(Token(kToken, 1)));
  ASSERT_OK(IssueUser("user:alice@people", 1));
  EXPECT_THAT(Enrol("web1.example.com", keys_), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(Hosts, AnEnrolmentOfSomebodyElseIsRefused) {
  ASSERT_OK(MakeToken(Token(kToken, 1)));
  IssuanceBatch batch = Enrolment("web1.example.com", keys_, kToken);
  batch.identity.subject = SubjectNamed("host:web2.example.com@hosts");
  EXPECT_THAT(RecordIssuances(ledger(), batch), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(Hosts, FactsKnowTheLabelsOfAnEnrolledTarget) {
  ASSERT_OK(MakeToken(Token(kToken, 1)));
  ASSERT_OK(Enrol("web1.example.com", keys_));
  const model::Subject alice = SubjectNamed("user:alice@people");
  const ssh::Fingerprint key = KeyNumber(1).Fingerprint();
  ASSERT_OK_AND_ASSIGN(const auto none, ledger().ReadFacts(alice, key, std::nullopt));
  EXPECT_TRUE(none.target_labels.absent());
  EXPECT_EQ(none.epoch, 1u);
  EXPECT_FALSE(none.subject_banned);
  EXPECT_FALSE(none.key_revoked);
  EXPECT_EQ(none.key_owner, "host:web1.example.com@hosts");
  ASSERT_OK_AND_ASSIGN(const auto known, ledger().ReadFacts(alice, key, "web1.example.com"));
  EXPECT_EQ(known.target_labels.value(), (model::Labels{{"role", "web"}}));
  ASSERT_OK_AND_ASSIGN(const auto unknown, ledger().ReadFacts(alice, key, "db1.example.com"));
  EXPECT_TRUE(unknown.target_labels.unknown());
}

struct PatternCase {
  const char* pattern;
  const char* name;
  bool matches;
};

TEST(NamePattern, AStarStandsForOneLabelsCharactersOnly) {
  for (const PatternCase& c : std::vector<PatternCase>{
           {"web1.example.com", "web1.example.com", true},
           {"web1.example.com", "web1.example.com.evil", false},
           {"web*.example.com", "web1.example.com", true},
           {"web*.example.com", "web-a-7.example.com", true},
           {"web*.example.com", "web.example.com", false},
           {"web*.example.com", "web1.evil.example.com", false},
           {"web*.example.com", "web1.example.com.", false},
           {"web*.example.com", "webA.example.com", false},
           {"web*.example.com", "web_.example.com", false},
           {"web*web", "web", false},
           {"web*web", "webweb", false},
           {"web*web", "web1web", true},
           {"*", "anything", true},
           {"*", "any.thing", false},
           {"*", "", false},
       }) {
    EXPECT_EQ(NameMatches(c.pattern, c.name), c.matches) << c.pattern << " " << c.name;
  }
}

TEST(NamePattern, RefusesWhatNoHostCouldBeNamed) {
  for (const char* pattern :
       {"", "*.*", "**", "web*.*.com", "Web*", "web *", ".*", "a..*", "web\n*"}) {
    EXPECT_THAT(CheckNamePattern(pattern), StatusIs(StatusCode::kInvalidArgument)) << pattern;
  }
  for (const char* pattern :
       {"*", "web*", "*.example.com", "web1", "192.0.2.7", "web-*.example.com"}) {
    EXPECT_OK(CheckNamePattern(pattern)) << pattern;
  }
}

// --- Hosts that were attested, without a token
// -------------------------------------------------------

class AttestedHosts : public LedgerTest {
 protected:
  absl::Status Enrol(const std::string& name, const std::vector<ssh::PublicKey>& keys,
                     const std::string& attested, bool may_return = false) {
    IssuanceBatch batch = Enrolment(name, keys, 500);
    batch.identity.authenticator = "aws";
    batch.identity.proof = model::Proof::kAws;
    batch.enrolment->token_key.clear();
    batch.enrolment->attested = attested;
    batch.enrolment->may_return = may_return;
    return RecordIssuances(ledger(), batch).status();
  }
  static constexpr char kInstance[] = "aws/123456789012/eu-west-1/i-1";
};

TEST_F(AttestedHosts, KeepWhatWasAttested) {
  ASSERT_OK(Enrol("web1.example.com", {KeyNumber(1)}, kInstance));
  Reopen();
  ASSERT_OK_AND_ASSIGN(const HostState host, ledger().FindHost("web1.example.com"));
  EXPECT_EQ(host.attested, kInstance);
  EXPECT_EQ(host.authenticator, "aws");
}

TEST_F(AttestedHosts, HaveOneSetOfKeys) {
  ASSERT_OK(Enrol("web1.example.com", {KeyNumber(1)}, kInstance));
  ASSERT_OK(Enrol("web1.example.com", {KeyNumber(1)}, kInstance));  // A lost answer.
  EXPECT_THAT(Enrol("web2.example.com", {KeyNumber(2)}, kInstance),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("with other host keys")));
}

TEST_F(AttestedHosts, ReturnWithOtherKeysWhereTheyMay) {
  ASSERT_OK(Enrol("web1.example.com", {KeyNumber(1)}, kInstance, /*may_return=*/true));
  ASSERT_OK(Enrol("web1.example.com", {KeyNumber(2)}, kInstance, /*may_return=*/true));
  EXPECT_THAT(ledger().FindHostByKey(KeyNumber(1).Fingerprint()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(ledger().FindHostByKey(KeyNumber(2).Fingerprint()));
}

TEST_F(AttestedHosts, ReturnUnderTheirFirstNameAlone) {
  ASSERT_OK(Enrol("web1.example.com", {KeyNumber(1)}, kInstance, /*may_return=*/true));
  EXPECT_THAT(Enrol("ip-10-0-0-5.example.com", {KeyNumber(2)}, kInstance, /*may_return=*/true),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("keeps its first one")));
  EXPECT_OK(ledger().FindHostByKey(KeyNumber(1).Fingerprint()));
  EXPECT_THAT(ledger().FindHostByKey(KeyNumber(2).Fingerprint()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(Enrol("web1.example.com", {KeyNumber(2)}, kInstance, /*may_return=*/true));
}

TEST_F(AttestedHosts, NeverTakeAnothersName) {
  ASSERT_OK(Enrol("web1.example.com", {KeyNumber(1)}, kInstance, /*may_return=*/true));
  EXPECT_THAT(Enrol("web1.example.com", {KeyNumber(2)}, "aws/123456789012/eu-west-1/i-2", true),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("is taken")));
  ASSERT_OK(MakeToken(Token(500, 1)));
  EXPECT_THAT(RecordIssuances(ledger(), Enrolment("web1.example.com", {KeyNumber(3)}, 500)),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("is taken")));
}

}  // namespace
}  // namespace mayfly::ledger
