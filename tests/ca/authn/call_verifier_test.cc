#include "ca/authn/call_verifier.h"

#include <functional>
#include <string>

#include "ssh/mldsa.h"
#include "tests/ca/authn/authn_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CallVerifierTest : public ::testing::Test {
 protected:
  void SetUp() override { world_.SignAs(world_.alice, model::Proof::kSshKey); }
  AuthnWorld world_;
};

TEST_F(CallVerifierTest, ProvesAnEnrolledKey) {
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  EXPECT_EQ(proven.identity.subject.ToString(), "user:alice@people");
  EXPECT_EQ(proven.identity.authenticator, "ssh-key");
  EXPECT_EQ(proven.identity.proof_key, world_.alice.public_key().Fingerprint().text);
  EXPECT_THAT(proven.identity.groups.value(), ElementsAre("engineering", "operators"));
  EXPECT_EQ(proven.identity.authenticated_at, world_.clock.Now());
  EXPECT_THAT(proven.possessed, IsEmpty());
}

TEST_F(CallVerifierTest, TellsPossessionFromCredential) {
  const auto add = [&](const ssh::PrivateKey& key) {
    world_.call.signatures.push_back(world_.Sign(key, kPossessionNamespace, world_.call.document));
  };
  add(world_.stranger);
  add(world_.alice);  // One key may be both.
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, world_.Verify());
  EXPECT_THAT(proven.possessed,
              ElementsAre(world_.stranger.public_key(), world_.alice.public_key()));
  EXPECT_EQ(proven.identity.subject.name, "alice");
}

// One thing is wrong; the cause is the word that counters and the ledger know it by.
struct RefusalCase {
  std::string name;
  std::function<void(AuthnWorld&)> break_it;
  std::string_view cause;
};
class CallVerifierRefuses : public ::testing::TestWithParam<RefusalCase> {};

TEST_P(CallVerifierRefuses, WithItsCause) {
  AuthnWorld world;
  world.SignAs(world.alice, model::Proof::kSshKey);
  GetParam().break_it(world);
  const absl::StatusOr<ProvenCall> proven = world.Verify();
  EXPECT_THAT(proven, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_EQ(CauseOf(proven.status()), GetParam().cause) << proven.status();
  EXPECT_EQ(ServerTimeOf(proven.status()).has_value(), GetParam().cause == cause::kStale);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, CallVerifierRefuses,
    ::testing::ValuesIn<RefusalCase>({
        {"TamperedDocument", [](AuthnWorld& w) { w.call.document[0] ^= 1; }, cause::kBadSignature},
        {"EmptyDocument", [](AuthnWorld& w) { w.call.document.clear(); }, cause::kMalformed},
        {"DocumentOver64KiB",
         [](AuthnWorld& w) {
           w.call.document = Bytes((64 << 10) + 1, 'x');
           w.SignAs(w.alice, model::Proof::kSshKey);
         },
         cause::kMalformed},
        {"ShortNonce", [](AuthnWorld& w) { w.header.nonce.resize(15); }, cause::kMalformed},
        {"LongNonce", [](AuthnWorld& w) { w.header.nonce.resize(33); }, cause::kMalformed},
        {"OtherMethodCalled", [](AuthnWorld& w) { w.call.method = "/mayfly.v1.Sessions/Start"; },
         cause::kWrongMethod},
        {"OtherAudience", [](AuthnWorld& w) { w.header.audience[10] ^= 1; }, cause::kWrongAudience},
        {"NoAudience", [](AuthnWorld& w) { w.header.audience.clear(); }, cause::kWrongAudience},
        {"Stale", [](AuthnWorld& w) { w.clock.Advance(absl::Minutes(2) + absl::Nanoseconds(1)); },
         cause::kStale},
        {"FromTheFuture",
         [](AuthnWorld& w) { w.clock.Advance(-absl::Minutes(2) - absl::Nanoseconds(1)); },
         cause::kStale},
        {"FromTheEndOfTime", [](AuthnWorld& w) { w.header.issued_at = absl::InfiniteFuture(); },
         cause::kStale},
        {"FromBeforeTime", [](AuthnWorld& w) { w.header.issued_at = absl::InfinitePast(); },
         cause::kStale},
        {"BearerBesideAKey",
         [](AuthnWorld& w) {
           w.header.bearer = ToBytes("a.b.c");
           const Sha256Digest digest = Sha256(w.header.bearer);
           w.header.bearer_sha256 = Bytes(digest.begin(), digest.end());
         },
         cause::kMalformed},
        {"BearerOfAnotherDocument",
         [](AuthnWorld& w) {
           w.header.credential = model::Proof::kJwt;
           w.header.bearer = ToBytes("a.b.c");
           w.header.bearer_sha256 = Bytes(32, 0);
         },
         cause::kMalformed},
        {"NoBearer", [](AuthnWorld& w) { w.header.credential = model::Proof::kOidc; },
         cause::kNoCredential},
        {"HugeBearer",
         [](AuthnWorld& w) {
           w.header.credential = model::Proof::kJwt;
           w.header.bearer = Bytes(1 << 20, 'x');
         },
         cause::kMalformed},
        {"NoSignature", [](AuthnWorld& w) { w.call.signatures.clear(); }, cause::kNoCredential},
        {"PossessionOnly",
         [](AuthnWorld& w) {
           w.call.signatures = {w.Sign(w.alice, kPossessionNamespace, w.call.document)};
         },
         cause::kNoCredential},
        {"TwoCredentials",
         [](AuthnWorld& w) {
           w.call.signatures.push_back(w.Sign(w.stranger, kCredentialNamespace, w.call.document));
         },
         cause::kTwoCredentials},
        {"SameCredentialTwice",
         [](AuthnWorld& w) { w.call.signatures.push_back(w.call.signatures[0]); },
         cause::kTwoCredentials},
        {"SamePossessionTwice",
         [](AuthnWorld& w) {
           const Bytes possession = w.Sign(w.stranger, kPossessionNamespace, w.call.document);
           w.call.signatures.push_back(possession);
           w.call.signatures.push_back(possession);
         },
         cause::kMalformed},
        {"NineSignatures",
         [](AuthnWorld& w) {
           for (int i = 0; i < 8; ++i) w.call.signatures.push_back(w.call.signatures[0]);
         },
         cause::kMalformed},
        {"ArmoredSignature",
         [](AuthnWorld& w) {
           const ssh::Sshsig sig = ssh::Sshsig::Parse(w.call.signatures[0]).value();
           w.call.signatures = {ToBytes(sig.Armor())};
         },
         cause::kMalformed},
        {"HugeSignature",
         [](AuthnWorld& w) { w.call.signatures[0].resize(ssh::kMaxSshsigSize + 1); },
         cause::kMalformed},
        {"TrailingByteInSignature", [](AuthnWorld& w) { w.call.signatures[0].push_back(0); },
         cause::kMalformed},
        {"EmptySignature", [](AuthnWorld& w) { w.call.signatures[0].clear(); }, cause::kMalformed},
        {"OneBadSignatureAmongGoodOnes",
         [](AuthnWorld& w) {
           w.call.signatures.push_back(
               w.Sign(w.stranger, kPossessionNamespace, AsBytes("another document")));
         },
         cause::kBadSignature},
        {"SignatureUnderAnothersKey",
         [](AuthnWorld& w) {
           ssh::Sshsig sig =
               ssh::Sshsig::Parse(w.Sign(w.stranger, kCredentialNamespace, w.call.document))
                   .value();
           sig.key = w.alice.public_key();
           w.call.signatures = {sig.Encode()};
         },
         cause::kBadSignature},
        {"Stranger", [](AuthnWorld& w) { w.SignAs(w.stranger, model::Proof::kSshKey); },
         cause::kUnknownKey},
        {"AnotherAuthenticator", [](AuthnWorld& w) { w.header.authenticator = "sso"; },
         cause::kUnknownAuthenticator},
        {"AuthenticatorOfAnotherKind", [](AuthnWorld& w) { w.header.authenticator = "join"; },
         cause::kUnknownAuthenticator},
        {"LocalOverTheNetwork",
         [](AuthnWorld& w) {
           w.header.credential = model::Proof::kLocal;
           w.call.signatures.clear();
         },
         cause::kNotLocal},
        {"BearerBesideAnSshKey", [](AuthnWorld& w) { w.header.bearer = Bytes(8, 'x'); },
         cause::kMalformed},
        {"BearerThatIsMissing",
         [](AuthnWorld& w) {
           w.header.credential = model::Proof::kAws;
           w.call.signatures.clear();
         },
         cause::kNoCredential},
        {"BearerThatTheDocumentDoesNotName",
         [](AuthnWorld& w) {
           w.header.credential = model::Proof::kAws;
           w.header.bearer = Bytes(8, 'x');
           w.header.bearer_sha256 = Bytes(32, 0);
           w.call.signatures.clear();
         },
         cause::kMalformed},
        {"BearerOver32KiB",
         [](AuthnWorld& w) {
           w.header.credential = model::Proof::kAws;
           w.header.bearer = Bytes((32 << 10) + 1, 'x');
           w.call.signatures.clear();
         },
         cause::kMalformed},
        {"LocalWithACredential", [](AuthnWorld& w) { w.header.credential = model::Proof::kLocal; },
         cause::kTwoCredentials},
    }),
    [](const auto& tested) { return tested.param.name; });

TEST_F(CallVerifierTest, TakesClocksThatDifferByExactlyTwoMinutes) {
  world_.clock.Advance(absl::Minutes(2));
  EXPECT_EQ(world_.CauseNow(), "accepted");
  world_.NextDocument();
  world_.SignAs(world_.alice, model::Proof::kSshKey);
  world_.clock.Advance(-absl::Minutes(4));
  EXPECT_EQ(world_.CauseNow(), "accepted");
}

TEST_F(CallVerifierTest, TellsTheServersTimeToAStaleCaller) {
  world_.clock.Advance(absl::Hours(1));
  const absl::StatusOr<ProvenCall> proven = world_.Verify();
  EXPECT_EQ(ServerTimeOf(proven.status()), world_.clock.Now());
  EXPECT_THAT(proven, StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("too long ago")));
}

TEST_F(CallVerifierTest, KeepsTheCauseWhenANounIsAdded) {
  world_.call.document[0] ^= 1;
  const absl::Status status = Annotate(world_.Verify().status(), "call r");
  EXPECT_EQ(CauseOf(status), cause::kBadSignature);
}

TEST_F(CallVerifierTest, RefusesAReplayAsLongAsItIsFresh) {
  ASSERT_OK(world_.Verify());
  EXPECT_EQ(world_.CauseNow(), cause::kReplayed);
  world_.clock.Advance(absl::Minutes(2));
  EXPECT_EQ(world_.CauseNow(), cause::kReplayed);
  world_.clock.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(world_.CauseNow(), cause::kStale);
}

TEST_F(CallVerifierTest, RefusesAReplayOfACallFromAFastClockUntilItIsStale) {
  world_.header.issued_at = world_.clock.Now() + absl::Minutes(2);
  ASSERT_OK(world_.Verify());
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(world_.CauseNow(), cause::kReplayed) << i;
    world_.clock.Advance(absl::Seconds(30));
  }
  EXPECT_EQ(world_.CauseNow(), cause::kReplayed);
  world_.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(world_.CauseNow(), cause::kStale);
}

TEST_F(CallVerifierTest, RefusesTheSameDocumentWithOtherSignatures) {
  ASSERT_OK(world_.Verify());
  world_.call.signatures.push_back(
      world_.Sign(world_.stranger, kPossessionNamespace, world_.call.document));
  EXPECT_EQ(world_.CauseNow(), cause::kReplayed);
}

TEST_F(CallVerifierTest, IsNotFilledByStrangers) {
  world_.options.max_remembered = 1;
  for (int i = 0; i < 3; ++i) {
    world_.NextDocument();
    world_.SignAs(world_.stranger, model::Proof::kSshKey);
    EXPECT_EQ(world_.CauseNow(), cause::kUnknownKey);
  }
  world_.SignAs(world_.alice, model::Proof::kSshKey);
  EXPECT_EQ(world_.CauseNow(), "accepted");
}

TEST_F(CallVerifierTest, RefusesWhenItCannotRememberAndWorksAgainLater) {
  world_.options.max_remembered = 1;
  ASSERT_OK(world_.Verify());
  world_.NextDocument();
  world_.SignAs(world_.alice, model::Proof::kSshKey);
  const absl::StatusOr<ProvenCall> proven = world_.Verify();
  EXPECT_THAT(proven, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(CauseOf(proven.status()), cause::kReplayCacheFull);
  world_.clock.Advance(absl::Minutes(3));
  world_.header.issued_at = world_.clock.Now();
  EXPECT_EQ(world_.CauseNow(), "accepted");
}

TEST_F(CallVerifierTest, MayBeTriedAgainWhenStateCouldNotBeRead) {
  world_.certified.failure = Unavailable("the store is closing");
  const absl::StatusOr<ProvenCall> proven = world_.Verify();
  EXPECT_THAT(proven, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(CauseOf(proven.status()), cause::kUnavailable);
  world_.certified.failure = absl::OkStatus();
  EXPECT_EQ(world_.CauseNow(), "accepted");
}

TEST_F(CallVerifierTest, WantsATouchOfASecurityKey) {
  const auto sign = [&](uint8_t flags) {
    world_.call.signatures = {ssh::SignSshsig(SkKeyOf(world_.alice_sk),
                                              SkSigner(world_.alice_sk, flags),
                                              kCredentialNamespace, world_.call.document)
                                  .value()};
    return world_.CauseNow();
  };
  EXPECT_EQ(sign(0), cause::kBadSignature);
  EXPECT_EQ(sign(ssh::kSkUserVerified), cause::kBadSignature);
  EXPECT_EQ(sign(ssh::kSkUserPresent), "accepted");
}

TEST_F(CallVerifierTest, WantsATouchForPossessionToo) {
  world_.call.signatures.push_back(ssh::SignSshsig(SkKeyOf(world_.alice_sk),
                                                   SkSigner(world_.alice_sk, 0),
                                                   kPossessionNamespace, world_.call.document)
                                       .value());
  EXPECT_EQ(world_.CauseNow(), cause::kBadSignature);
}

// A composite key whose ed25519 half is real; nobody has its ML-DSA half.
ssh::PublicKey CompositeKeyOf(const ssh::PrivateKey& key) {
  Bytes halves(1312, 7);
  halves.insert(halves.end(), key.public_key().point().begin(), key.public_key().point().end());
  return ssh::PublicKey::ParseBlob(
             ssh::Writer().String("ssh-mldsa44-ed25519@openssh.com").String(halves).Take())
      .value();
}
Bytes SignAsComposite(const ssh::PrivateKey& key, const ssh::PrivateKey& half,
                      std::string_view name_space, BytesView document) {
  const auto sign = [&half](BytesView message) -> absl::StatusOr<ssh::Signature> {
    absl::StatusOr<ssh::Signature> signature = half.Sign(ssh::CompositeMessage(message));
    if (!signature.ok()) return signature;
    signature->algorithm = "ssh-mldsa44-ed25519@openssh.com";
    signature->bytes.insert(signature->bytes.begin(), ssh::kMldsa44SignatureSize, 0);
    return signature;
  };
  return ssh::SignSshsig(CompositeKeyOf(key), sign, name_space, document).value();
}

TEST_F(CallVerifierTest, CountsNoPossessionThatItCannotVerify) {
  const Bytes& document = world_.call.document;
  world_.call.signatures.push_back(
      SignAsComposite(world_.stranger, world_.stranger, kPossessionNamespace, document));
  world_.call.signatures.push_back(world_.Sign(world_.session_key, kPossessionNamespace, document));
  const absl::StatusOr<ProvenCall> proven = world_.Verify();
  if (ssh::CanVerifyMldsa()) {
    EXPECT_EQ(CauseOf(proven.status()), cause::kBadSignature);
  } else {
    ASSERT_OK(proven);
    EXPECT_THAT(proven->possessed, ElementsAre(world_.session_key.public_key()));
  }
}

TEST_F(CallVerifierTest, RefusesACompositePossessionWhoseOtherHalfIsWrong) {
  world_.call.signatures.push_back(
      SignAsComposite(world_.stranger, world_.alice, kPossessionNamespace, world_.call.document));
  EXPECT_EQ(world_.CauseNow(), cause::kBadSignature);
}

TEST_F(CallVerifierTest, RefusesACredentialThatItCannotVerify) {
  world_.call.signatures = {SignAsComposite(world_.stranger, world_.stranger, kCredentialNamespace,
                                            world_.call.document)};
  EXPECT_EQ(world_.CauseNow(), cause::kBadSignature);
}

TEST_F(CallVerifierTest, KnowsCredentialKeysSoThatTheyAreNotCertified) {
  EXPECT_TRUE(world_.verifier().IsCredentialKey(world_.alice.public_key()));
  EXPECT_TRUE(world_.verifier().IsCredentialKey(SkKeyOf(world_.alice_sk)));
  EXPECT_FALSE(world_.verifier().IsCredentialKey(world_.stranger.public_key()));
  // Certified at first boot and a credential ever after, by design.
  EXPECT_FALSE(world_.verifier().IsCredentialKey(world_.host_key.public_key()));
}

TEST_F(CallVerifierTest, EscapesAndCutsWhatStrangersSend) {
  world_.header.audience = "\x1b[2J" + std::string(1000, 'x');
  const std::string message = Message(world_.Verify().status());
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_LT(message.size(), 300u);
}

}  // namespace
}  // namespace mayfly::authn
