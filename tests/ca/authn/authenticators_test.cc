#include <functional>
#include <string>

#include "tests/ca/authn/authn_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

using ::testing::HasSubstr;

// --- ssh_key ------------------------------------------------------------------------------------

class SshKeyTest : public ::testing::Test {
 protected:
  void SetUp() override { world_.SignAs(world_.alice, model::Proof::kSshKey); }
  AuthnWorld world_;
};

TEST_F(SshKeyTest, RefusesAKeyThatWasEverCertified) {
  world_.certified.rows[world_.alice.public_key().Fingerprint().text] = "user:alice@people";
  const absl::StatusOr<ProvenCall> proven = world_.Verify();
  EXPECT_EQ(CauseOf(proven.status()), cause::kCertifiedKey);
  EXPECT_THAT(Message(proven.status()), HasSubstr("certified or accepted for user:alice@people"));
}

TEST_F(SshKeyTest, RefusesASessionsKey) {
  world_.certified.rows[world_.alice.public_key().Fingerprint().text] =
      "session of user:alice@people";
  EXPECT_EQ(world_.CauseNow(), cause::kCertifiedKey);
}

TEST_F(SshKeyTest, SeesTheUsersOfTheLastReload) {
  ASSERT_OK(world_.Verify());
  world_.SetUsers({User{"bob", {}, {world_.stranger.public_key()}}});
  world_.NextDocument();
  world_.SignAs(world_.alice, model::Proof::kSshKey);
  EXPECT_EQ(world_.CauseNow(), cause::kUnknownKey);
  world_.SignAs(world_.stranger, model::Proof::kSshKey);
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  EXPECT_EQ(proven.identity.subject.name, "bob");
  EXPECT_TRUE(proven.identity.groups.known());  // Known to be in none, which is not unknown.
}

TEST_F(SshKeyTest, ASoftwareKeyIsNoHardwareAndProvesNoTouch) {
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  EXPECT_EQ(proven.identity.hardware, model::Fact<bool>::Known(false));
  EXPECT_EQ(proven.identity.user_present, model::Fact<bool>::Known(false));
  EXPECT_EQ(proven.identity.user_verified, model::Fact<bool>::Known(false));
}

TEST_F(SshKeyTest, ASecurityKeyTellsTouchAndPin) {
  for (const uint8_t flags :
       {ssh::kSkUserPresent, uint8_t{ssh::kSkUserPresent | ssh::kSkUserVerified}}) {
    world_.NextDocument();
    world_.call.signatures = {ssh::SignSshsig(SkKeyOf(world_.alice_sk),
                                              SkSigner(world_.alice_sk, flags),
                                              kCredentialNamespace, world_.call.document)
                                  .value()};
    ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
    EXPECT_EQ(proven.identity.hardware, model::Fact<bool>::Known(true));
    EXPECT_EQ(proven.identity.user_present, model::Fact<bool>::Known(true));
    EXPECT_EQ(proven.identity.user_verified,
              model::Fact<bool>::Known((flags & ssh::kSkUserVerified) != 0));
    EXPECT_EQ(
        proven.identity.claims.at("user_verified"),
        model::Fact<std::string>::Known((flags & ssh::kSkUserVerified) != 0 ? "true" : "false"));
  }
}

TEST_F(SshKeyTest, TakesNoLessThanItRequires) {
  const auto cause_of = [&](SshKeyAuthenticator::Require require, const ssh::PublicKey& key,
                            uint8_t flags) {
    const SshKeyAuthenticator authenticator({"ssh-key", "people", require},
                                            world_.ssh_key().users(), world_.certified);
    AuthenticationContext context{world_.header, world_.call.peer, std::nullopt,
                                  world_.clock.Now()};
    context.sk_flags = flags;
    const absl::Status status = authenticator.Authenticate(&key, context).status();
    return status.ok() ? std::string("accepted") : CauseOf(status);
  };
  using Require = SshKeyAuthenticator::Require;
  const ssh::PublicKey software = world_.alice.public_key();
  const ssh::PublicKey hardware = SkKeyOf(world_.alice_sk);
  const uint8_t verified = ssh::kSkUserPresent | ssh::kSkUserVerified;
  EXPECT_EQ(cause_of(Require::kAny, software, 0), "accepted");
  EXPECT_EQ(cause_of(Require::kHardware, software, 0), cause::kWeakProof);
  EXPECT_EQ(cause_of(Require::kHardware, hardware, ssh::kSkUserPresent), "accepted");
  EXPECT_EQ(cause_of(Require::kVerified, hardware, ssh::kSkUserPresent), cause::kWeakProof);
  EXPECT_EQ(cause_of(Require::kVerified, hardware, verified), "accepted");
  // Flags that no security key signed say nothing.
  EXPECT_EQ(cause_of(Require::kVerified, software, verified), cause::kWeakProof);
}

// --- session ------------------------------------------------------------------------------------

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override { world_.SignAs(world_.session_key, model::Proof::kSession); }
  Session& session() {
    return world_.sessions.rows[world_.session_key.public_key().Fingerprint().text];
  }
  AuthnWorld world_;
};

TEST_F(SessionTest, SpeaksForTheIdentityAsFirstProven) {
  const absl::Time started = world_.clock.Now();
  world_.clock.Advance(absl::Hours(1));
  world_.header.issued_at = world_.clock.Now();
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  model::Identity expected = world_.AlicesIdentity();
  expected.authenticated_at = started;
  expected.proof = model::Proof::kSession;
  expected.proof_key = world_.session_key.public_key().Fingerprint().text;
  expected.until = started + absl::Hours(12);
  session().identity.authenticated_at = started;
  EXPECT_EQ(proven.identity, expected);
}

TEST_F(SessionTest, NeverOutlivesTheProofThatStartedIt) {
  session().identity.until = world_.clock.Now() + absl::Hours(2);
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  EXPECT_EQ(proven.identity.until, world_.clock.Now() + absl::Hours(2));
}

// The session key lives in a file, whatever started the session: what is kept is how it was
// started.
TEST_F(SessionTest, KeepsWhetherASecurityKeyStartedIt) {
  for (const auto& hardware : {model::Fact<bool>::Known(true), model::Fact<bool>::Known(false),
                               model::Fact<bool>::Absent()}) {
    session().identity.hardware = hardware;
    world_.NextDocument();
    world_.SignAs(world_.session_key, model::Proof::kSession);
    ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
    EXPECT_EQ(proven.identity.hardware, hardware);
  }
}

TEST_F(SessionTest, DoesNotSpeakAsAnSshKey) {
  world_.SignAs(world_.session_key, model::Proof::kSshKey);
  EXPECT_EQ(world_.CauseNow(), cause::kUnknownKey);
}

struct SessionCase {
  std::string name;
  std::function<void(AuthnWorld&, Session&)> break_it;
  std::string_view cause;
};
class SessionRefuses : public ::testing::TestWithParam<SessionCase> {};

TEST_P(SessionRefuses, WithItsCause) {
  AuthnWorld world;
  world.verifier();
  world.SignAs(world.session_key, model::Proof::kSession);
  GetParam().break_it(world,
                      world.sessions.rows[world.session_key.public_key().Fingerprint().text]);
  EXPECT_EQ(world.CauseNow(), GetParam().cause);
}

INSTANTIATE_TEST_SUITE_P(
    Sessions, SessionRefuses,
    ::testing::ValuesIn<SessionCase>({
        {"Ended", [](AuthnWorld&, Session& s) { s.ended = true; }, cause::kSessionEnded},
        {"AtItsEnd", [](AuthnWorld& w, Session& s) { s.ends_at = w.clock.Now(); },
         cause::kSessionExpired},
        {"UnknownKey",
         [](AuthnWorld& w, Session&) { w.SignAs(w.stranger, model::Proof::kSession); },
         cause::kUnknownKey},
        {"OfAUserWhoLeft", [](AuthnWorld& w, Session&) { w.SetUsers({}); }, cause::kNotEnrolled},
        {"OfAKeyThatWasTakenAway",
         [](AuthnWorld& w, Session&) {
           w.SetUsers({User{"alice", {"engineering", "operators"}, {w.stranger.public_key()}}});
         },
         cause::kNotEnrolled},
        {"OfAUserWhoLostAGroup",
         [](AuthnWorld& w, Session&) {
           w.SetUsers({User{"alice", {"engineering"}, {w.alice.public_key()}}});
         },
         cause::kNotEnrolled},
        {"OfAnAuthenticatorThatIsGone",
         [](AuthnWorld&, Session& s) { s.identity.authenticator = "sso"; }, cause::kNotEnrolled},
        {"OfAnotherRealm", [](AuthnWorld&, Session& s) { s.identity.subject.realm = "staff"; },
         cause::kNotEnrolled},
        {"WithoutKnownGroups",
         [](AuthnWorld&, Session& s) {
           s.identity.groups = model::Fact<std::vector<std::string>>::Unknown();
         },
         cause::kNotEnrolled},
    }),
    [](const auto& tested) { return tested.param.name; });

TEST_F(SessionTest, StandsWhenAGroupIsGained) {
  world_.verifier();
  world_.SetUsers(
      {User{"alice", {"engineering", "operators", "sre"}, {world_.alice.public_key()}}});
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  EXPECT_EQ(proven.identity.groups.value().size(), 2u);  // As first proven: sre wants a new login.
}

TEST_F(SessionTest, StandsOnALocalProof) {
  session().identity = model::Identity();
  session().identity.subject = model::Subject::Parse("user:root@local").value();
  session().identity.authenticator = "local";
  session().identity.proof = model::Proof::kLocal;
  EXPECT_EQ(world_.CauseNow(), "accepted");
}

// --- host_key -----------------------------------------------------------------------------------

class HostKeyTest : public ::testing::Test {
 protected:
  void SetUp() override { world_.SignAs(world_.host_key, model::Proof::kHostKey); }
  EnrolledHost& host() {
    return world_.hosts.rows[world_.host_key.public_key().Fingerprint().text];
  }
  AuthnWorld world_;
};

TEST_F(HostKeyTest, SpeaksForItsRecord) {
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  EXPECT_EQ(proven.identity.subject.ToString(), "host:web-1.example.com@hosts");
  EXPECT_EQ(proven.identity.authenticator, "join");  // The grant that made it covers its renewal.
  EXPECT_EQ(proven.identity.proof, model::Proof::kHostKey);
  EXPECT_TRUE(proven.identity.groups.absent());
  EXPECT_EQ(proven.identity.labels.value().at("role"), "web");
  EXPECT_EQ(proven.identity.authenticated_at, host().enrolled_at);
}

TEST_F(HostKeyTest, RefusesARetiredHost) {
  host().retired = true;
  EXPECT_EQ(world_.CauseNow(), cause::kHostRetired);
}

TEST_F(HostKeyTest, RefusesAnUnknownKeyAndAUsersKey) {
  world_.SignAs(world_.stranger, model::Proof::kHostKey);
  EXPECT_EQ(world_.CauseNow(), cause::kUnknownKey);
  world_.SignAs(world_.alice, model::Proof::kHostKey);
  EXPECT_EQ(world_.CauseNow(), cause::kUnknownKey);
}

// --- join_token ---------------------------------------------------------------------------------

class JoinTokenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.header.hostname = "web-1.example.com";
    world_.SignAs(world_.token, model::Proof::kJoinToken);
  }
  AuthnWorld world_;
};

TEST_F(JoinTokenTest, ProvesTheHostThatItNames) {
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  EXPECT_EQ(proven.identity.subject.ToString(), "host:web-1.example.com@hosts");
  EXPECT_EQ(proven.identity.authenticator, "join");
  EXPECT_EQ(proven.identity.labels.value().at("role"), "web");
  EXPECT_TRUE(proven.identity.groups.absent());
  EXPECT_EQ(proven.identity.authenticated_at, world_.clock.Now());
}

struct TokenCase {
  std::string name;
  std::function<void(AuthnWorld&, JoinToken&)> change;
  std::string_view cause;
};
class JoinTokenJudges : public ::testing::TestWithParam<TokenCase> {};

TEST_P(JoinTokenJudges, WithItsCause) {
  AuthnWorld world;
  world.header.hostname = "web-1.example.com";
  world.SignAs(world.token, model::Proof::kJoinToken);
  GetParam().change(world, world.tokens.rows[world.token.public_key().Fingerprint().text]);
  EXPECT_EQ(world.CauseNow(), GetParam().cause);
}

const std::vector<IpNetwork> kPeersNetwork = {IpNetwork::Parse("192.0.2.0/24").value()};

INSTANTIATE_TEST_SUITE_P(
    Tokens, JoinTokenJudges,
    ::testing::ValuesIn<TokenCase>({
        {"AtItsExpiry", [](AuthnWorld& w, JoinToken& join) { join.expires_at = w.clock.Now(); },
         cause::kTokenExpired},
        {"ForTheOtherAuthenticator",
         [](AuthnWorld&, JoinToken& join) { join.authenticator = "join-dmz"; },
         cause::kTokenElsewhere},
        {"PresentedToTheOtherAuthenticator",
         [](AuthnWorld& w, JoinToken&) { w.header.authenticator = "join-dmz"; },
         cause::kTokenElsewhere},
        {"FromItsNetwork", [](AuthnWorld&, JoinToken& join) { join.networks = kPeersNetwork; },
         "accepted"},
        {"FromAnotherNetwork",
         [](AuthnWorld&, JoinToken& join) {
           join.networks = {IpNetwork::Parse("198.51.100.0/24").value(),
                            IpNetwork::Parse("2001:db8::/32").value()};
         },
         cause::kWrongNetwork},
        {"FromAnUnknownAddress",
         [](AuthnWorld& w, JoinToken& join) {
           join.networks = kPeersNetwork;
           w.call.peer = model::Fact<IpAddress>::Unknown();
         },
         cause::kWrongNetwork},
        {"FromTheLocalSocket",
         [](AuthnWorld& w, JoinToken& join) {
           join.networks = kPeersNetwork;
           w.call.peer = model::Fact<IpAddress>::Absent();
         },
         cause::kWrongNetwork},
        {"ForAnotherName",
         [](AuthnWorld& w, JoinToken&) { w.header.hostname = "db-1.example.com"; },
         cause::kWrongName},
        {"ForNoName", [](AuthnWorld& w, JoinToken&) { w.header.hostname.clear(); },
         cause::kWrongName},
        {"ForANameThatIsNone",
         [](AuthnWorld& w, JoinToken&) { w.header.hostname = "web-\n.example.com"; },
         cause::kWrongName},
        {"Unregistered",
         [](AuthnWorld& w, JoinToken&) { w.SignAs(w.stranger, model::Proof::kJoinToken); },
         cause::kUnknownKey},
    }),
    [](const auto& tested) { return tested.param.name; });

// --- local --------------------------------------------------------------------------------------

class LocalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.header.credential = model::Proof::kLocal;
    world_.call.peer = model::Fact<IpAddress>::Absent();
  }
  AuthnWorld world_;
};

TEST_F(LocalTest, TakesRootAndMayflydsOwnUser) {
  ASSERT_OK_AND_ASSIGN(const ProvenCall root, world_.Verify(0));
  EXPECT_EQ(root.identity.subject.ToString(), "user:root@local");
  EXPECT_EQ(root.identity.proof_key, "");
  EXPECT_TRUE(root.identity.groups.absent());
  world_.NextDocument();
  ASSERT_OK_AND_ASSIGN(const ProvenCall own, world_.Verify(kOwnUid));
  EXPECT_EQ(own.identity.subject.ToString(), "user:mayfly@local");
}

TEST_F(LocalTest, RefusesEverybodyElse) {
  EXPECT_EQ(world_.CauseNow(1000), cause::kNotLocal);
  EXPECT_EQ(world_.CauseNow(static_cast<uid_t>(-1)), cause::kNotLocal);
  EXPECT_EQ(world_.CauseNow(std::nullopt), cause::kNotLocal);
}

TEST_F(LocalTest, LeavesTheSocketOpenToOtherCredentials) {
  world_.SignAs(world_.alice, model::Proof::kSshKey);
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify(1000));
  EXPECT_EQ(proven.identity.subject.ToString(), "user:alice@people");
}

TEST(LoginNameOf, AsksTheSystem) {
  EXPECT_THAT(LoginNameOf(0), IsOkAndHolds(std::string("root")));
  EXPECT_THAT(LoginNameOf(4294967290u), StatusIs(absl::StatusCode::kNotFound));
}

// --- state that cannot be read
// --------------------------------------------------------------------

TEST(Authenticators, DoNotCallAFailureARefusal) {
  AuthnWorld world;
  const absl::Status failure = Unavailable("the store is closing");
  world.sessions.failure = world.tokens.failure = world.hosts.failure = failure;
  world.header.hostname = "web-1.example.com";
  for (const model::Proof proof :
       {model::Proof::kSession, model::Proof::kJoinToken, model::Proof::kHostKey}) {
    world.SignAs(world.stranger, proof);
    EXPECT_THAT(world.Verify(), StatusIs(absl::StatusCode::kUnavailable)) << ProofName(proof);
  }
}

}  // namespace
}  // namespace mayfly::authn
