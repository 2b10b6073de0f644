// oidc and jwt behind the verifier, with an issuer of the test's own.
#include <nlohmann/json.hpp>

#include "ca/authn/jwt_authenticator.h"
#include "ca/authn/oidc_authenticator.h"
#include "ca/model/login_nonce.h"
#include "tests/ca/authn/authn_world.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/token_maker.h"

namespace mayfly::authn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kIssuer[] = "https://id.example.com";
constexpr char kStart[] = "/mayfly.v1.Sessions/Start";

// Keys that change when asked, like those of a provider.
class ChangingKeys final : public token::KeySource {
 public:
  explicit ChangingKeys(std::string jwks) { Set(std::move(jwks)); }
  void Set(std::string jwks) {
    now_ = std::make_shared<const token::KeySet>(token::KeySet::Parse(jwks).value());
  }
  absl::StatusOr<std::shared_ptr<const token::KeySet>> Current() const override {
    if (!reachable) return Unavailable("no answer");
    return now_;
  }
  void Refresh() const override {
    ++refreshes;
    if (next) now_ = next;
  }
  bool CanRefresh() const override { return true; }

  std::shared_ptr<const token::KeySet> next;  // What a refresh brings.
  bool reachable = true;
  mutable int refreshes = 0;

 private:
  mutable std::shared_ptr<const token::KeySet> now_;
};

class FakeUserinfo final : public UserinfoSource {
 public:
  absl::StatusOr<token::Claims> Userinfo(const std::string& access_token) const override {
    if (access_token != "access") return Unavailable("answered 401");
    return token::Claims::Parse(answer);
  }
  std::string answer = R"({"sub":"a1","groups":["from-userinfo"]})";
};

class TokenAuthenticatorsTest : public ::testing::Test {
 protected:
  TokenAuthenticatorsTest() {
    checking.name = "sso";
    checking.realm = "people";
    checking.rules.issuer = kIssuer;
    checking.rules.audiences = {"mayfly"};
    checking.rules.authorized_party = true;
    checking.rules.max_age = absl::Minutes(10);
    checking.username.claim = "email";
    checking.username.strip_domain = "example.com";
    checking.username.lower_case = true;
    checking.claims = {{"amr", "amr"}, {"acr", "acr"}};
    options.groups_claim = "groups";
    const int64_t now = absl::ToUnixSeconds(clock.Now());
    claims = {{"iss", kIssuer},
              {"sub", "a1"},
              {"aud", "mayfly"},
              {"iat", now},
              {"exp", now + 300},
              {"jti", "t1"},
              {"email", "Alice@Example.com"},
              {"email_verified", true},
              {"groups", {"engineering"}},
              {"amr", {"pwd", "otp"}},
              {"nonce", model::LoginNonce(session.public_key().blob(), seed)}};
  }

  std::string Token() const { return MakeToken(issuer, "RS256", "k", claims.dump()); }

  // The call that starts a session by `bearer`.
  absl::StatusOr<ProvenCall> Start(const std::string& bearer, bool may_wait = false) {
    if (verifier == nullptr) {
      std::vector<std::unique_ptr<Authenticator>> all;
      if (by_jwt) {
        all.push_back(std::make_unique<JwtAuthenticator>(checking, jwt, keys));
      } else {
        all.push_back(std::make_unique<OidcAuthenticator>(checking, options, keys, &userinfo));
      }
      verifier =
          std::make_unique<CallVerifier>(CallVerifier::Options{kCaId}, clock, std::move(all));
    }
    CallHeader header = {
        .method = method, .audience = kCaId, .issued_at = clock.Now(), .nonce = Bytes(16, 7)};
    header.credential = by_jwt ? model::Proof::kJwt : model::Proof::kOidc;
    header.bearer = ToBytes(bearer);
    const Sha256Digest digest = Sha256(header.bearer);
    header.bearer_sha256 = Bytes(digest.begin(), digest.end());
    header.nonce_seed = seed;
    model::Call call = {.request_id = "r",
                        .method = method,
                        .document = ToBytes("document " + std::to_string(++calls)),
                        .peer = model::Fact<IpAddress>::Absent(),
                        .received_at = clock.Now()};
    for (const ssh::PrivateKey* key : signers) {
      call.signatures.push_back(
          ssh::SignSshsig(key->public_key(), key->signer(), kPossessionNamespace, call.document)
              .value());
    }
    return verifier->Verify(header, call, std::nullopt, may_wait);
  }
  std::string CauseNow() {
    const absl::StatusOr<ProvenCall> proven = Start(Token());
    return proven.ok() ? "accepted" : CauseOf(proven.status());
  }
  std::string SentenceNow() { return SentenceFor(Start(Token()).status()); }

  FakeClock clock;
  FakeRandom random;
  const IssuerKey issuer = IssuerKey::Rsa();
  ChangingKeys keys{JwkSet({issuer.Jwk("k")})};
  FakeUserinfo userinfo;
  const ssh::PrivateKey session = ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value();
  const ssh::PrivateKey thief = ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value();
  std::vector<const ssh::PrivateKey*> signers = {&session};
  const Bytes seed = Bytes(32, 5);
  std::string method = kStart;
  TokenChecker::Options checking;
  OidcAuthenticator::Options options;
  JwtAuthenticator::Options jwt;
  bool by_jwt = false;
  nlohmann::json claims;
  std::unique_ptr<CallVerifier> verifier;
  int calls = 0;
};

TEST_F(TokenAuthenticatorsTest, AnIdTokenBecomesAnIdentity) {
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, Start(Token()));
  const model::Identity& identity = proven.identity;
  EXPECT_EQ(identity.subject.ToString(), "user:alice@people");
  EXPECT_EQ(identity.authenticator, "sso");
  EXPECT_THAT(identity.groups.value(), ElementsAre("engineering"));
  EXPECT_EQ(identity.claims.at("amr").value(), "pwd otp");
  EXPECT_TRUE(identity.claims.at("acr").unknown());
  EXPECT_EQ(identity.issuer, kIssuer);
  EXPECT_EQ(identity.issuer_subject, "a1");
  EXPECT_EQ(identity.token_use.claim, std::string(kIssuer) + " t1");
  EXPECT_EQ(identity.token_use.reuse, model::TokenReuse::kOnce);
  EXPECT_EQ(identity.bearer_digest.size(), 7u + 64u);
}

TEST_F(TokenAuthenticatorsTest, AStolenTokenIsGoodForNoOtherKey) {
  signers = {&thief};
  EXPECT_EQ(CauseNow(), "token_nonce");
  EXPECT_THAT(SentenceNow(), HasSubstr("another login"));
}

TEST_F(TokenAuthenticatorsTest, ATokenStartsASessionAndNothingElse) {
  method = "/mayfly.v1.Certificates/IssueUser";
  EXPECT_EQ(CauseNow(), "wrong_method");
  method = kStart;
  signers = {};
  EXPECT_EQ(CauseNow(), "malformed");
  signers = {&session, &thief};
  EXPECT_EQ(CauseNow(), "malformed");
}

TEST_F(TokenAuthenticatorsTest, TheNonceMayOnlyBeMissingWhereThatIsConfigured) {
  claims.erase("nonce");
  EXPECT_EQ(CauseNow(), "token_nonce");
  verifier = nullptr;
  options.device_flow_without_nonce = true;
  EXPECT_EQ(CauseNow(), "accepted");
  claims["iat"] = absl::ToUnixSeconds(clock.Now()) - 121;
  EXPECT_EQ(CauseNow(), "token_expired");
  // Another nonce is another login, also there.
  claims["iat"] = absl::ToUnixSeconds(clock.Now());
  claims["nonce"] = "x";
  EXPECT_EQ(CauseNow(), "token_nonce");
}

// A provider renews a token with the nonce of the sign-in: it is good for who has that key still.
TEST_F(TokenAuthenticatorsTest, ARenewedTokenNeedsTheKeyOfItsSignInAndSaysWhenThatWas) {
  const ssh::PrivateKey next = ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random).value();
  options.remember = true;
  signers = {&next, &session};
  EXPECT_EQ(CauseNow(), "token_claims");
  EXPECT_THAT(SentenceNow(), HasSubstr("does not say when you signed in"));
  const absl::Time signed_in = clock.Now() - absl::Hours(24 * 29);
  claims["auth_time"] = absl::ToUnixSeconds(signed_in);
  EXPECT_EQ(Start(Token()).value().identity.authenticated_at,
            absl::FromUnixSeconds(absl::ToUnixSeconds(signed_in)));
  // Only behind the key of the session; and not for somebody without it.
  signers = {&session, &next};
  EXPECT_EQ(CauseNow(), "token_nonce");
  signers = {&next, &thief};
  EXPECT_EQ(CauseNow(), "token_nonce");
  signers = {&next, &session, &thief};
  EXPECT_EQ(CauseNow(), "malformed");
  signers = {&next, &session};
  claims["auth_time"] = absl::ToUnixSeconds(clock.Now() - absl::Hours(24 * 31));
  EXPECT_EQ(CauseNow(), "token_expired");
  claims.erase("nonce");
  verifier = nullptr;
  options.device_flow_without_nonce = true;
  EXPECT_EQ(CauseNow(), "token_nonce");
}

TEST_F(TokenAuthenticatorsTest, WhoeverSignedInLongAgoDidNotDoSoNow) {
  claims["auth_time"] = absl::ToUnixSeconds(clock.Now()) - 7200;
  EXPECT_EQ(Start(Token()).value().identity.authenticated_at,
            absl::FromUnixSeconds(absl::ToUnixSeconds(clock.Now()) - 7200));
  claims["auth_time"] = absl::ToUnixSeconds(clock.Now()) + 7200;
  EXPECT_EQ(Start(Token()).value().identity.authenticated_at, clock.Now());
  // Where it is not said it is not of late either.
  claims.erase("auth_time");
  EXPECT_EQ(Start(Token()).value().identity.authenticated_at, absl::UnixEpoch());
}

TEST_F(TokenAuthenticatorsTest, MissingOrCutOffGroupsAreUnknown) {
  claims.erase("groups");
  EXPECT_TRUE(Start(Token()).value().identity.groups.unknown());
  claims["groups"] = {"a", 7};
  EXPECT_TRUE(Start(Token()).value().identity.groups.unknown());
  // Entra ID beyond 200 groups, by its documentation.
  claims["groups"] = {"a"};
  claims["_claim_names"] = {{"groups", "src1"}};
  EXPECT_TRUE(Start(Token()).value().identity.groups.unknown());
  claims.erase("_claim_names");
  claims["hasgroups"] = true;
  EXPECT_TRUE(Start(Token()).value().identity.groups.unknown());
}

TEST_F(TokenAuthenticatorsTest, GroupsByUserinfoAreAskedWhereOneMayWait) {
  options.groups_from_userinfo = true;
  claims.erase("groups");
  EXPECT_EQ(WaitsFor(Start(Token() + "\naccess").status()), "sso");
  EXPECT_THAT(Start(Token() + "\naccess", true).value().identity.groups.value(),
              ElementsAre("from-userinfo"));
  // Userinfo that fails, or is about somebody else.
  EXPECT_TRUE(Start(Token() + "\nother", true).value().identity.groups.unknown());
  userinfo.answer = R"({"sub":"b2","groups":["admins"]})";
  EXPECT_TRUE(Start(Token() + "\naccess", true).value().identity.groups.unknown());
}

TEST_F(TokenAuthenticatorsTest, AKeyThatIsNotThereIsAskedForWhereOneMayWait) {
  const IssuerKey rotated = IssuerKey::P256();
  keys.next = std::make_shared<const token::KeySet>(
      token::KeySet::Parse(JwkSet({rotated.Jwk("k2")})).value());
  const std::string by_new = MakeToken(rotated, "ES256", "k2", claims.dump());
  EXPECT_EQ(WaitsFor(Start(by_new).status()), "sso");
  EXPECT_EQ(keys.refreshes, 0);
  EXPECT_OK(Start(by_new, /*may_wait=*/true));
  EXPECT_EQ(keys.refreshes, 1);
  // Known by now: nobody waits.
  EXPECT_OK(Start(by_new));
}

TEST_F(TokenAuthenticatorsTest, AProviderThatCannotBeReachedIsSaid) {
  keys.reachable = false;
  const absl::Status status = Start(Token(), /*may_wait=*/true).status();
  EXPECT_EQ(CauseOf(status), "provider_unavailable");
  EXPECT_THAT(SentenceFor(status), HasSubstr("cannot reach the identity provider"));
}

struct NameCase {
  const char* email;
  const char* words;  // Of the sentence for the caller.
};
TEST_F(TokenAuthenticatorsTest, UsernamesAreNamesAndNothingElse) {
  const std::string long_name(300, 'a');
  const std::string too_long = long_name + "@example.com";
  for (const NameCase& one : std::initializer_list<NameCase>{
           {"root@example.com", "system account"},
           {"ROOT@example.com", "system account"},
           {"daemon@example.com", "system account"},
           {"-oProxyCommand=x@example.com", "no username"},
           {".hidden@example.com", "no username"},
           {"\xd0\xb0lice@example.com", "'\\xd0\\xb0lice' is no username"},
           {too_long.c_str(), "no username"},
           {"a b@example.com", "no username"},
           {"a/../b@example.com", "no username"},
           {"@example.com", "no username"},
           {"alice@evil.com", "not of the domain"},
           {"alice@example.com@evil.com", "not of the domain"},
           {"alice", "not of the domain"},
       }) {
    claims["email"] = one.email;
    EXPECT_EQ(CauseNow(), "wrong_name") << one.email;
    EXPECT_THAT(SentenceNow(), HasSubstr(one.words)) << one.email;
  }
  claims["email"] = "alice@example.com";
  claims["email_verified"] = false;
  EXPECT_THAT(SentenceNow(), HasSubstr("has not verified"));
  checking.username.claim = "/email";
  verifier = nullptr;
  EXPECT_THAT(SentenceNow(), HasSubstr("has not verified"));
  claims.erase("email_verified");
  EXPECT_THAT(SentenceNow(), HasSubstr("does not say (email_verified)"));
}

// For providers that never say it. What they say all the same counts.
TEST_F(TokenAuthenticatorsTest, AnUnverifiedEmailDoesWhereThatIsConfigured) {
  claims.erase("email_verified");
  EXPECT_EQ(CauseNow(), "wrong_name");
  verifier = nullptr;
  checking.username.unverified_email = true;
  EXPECT_EQ(Start(Token()).value().identity.subject.name, "alice");
  claims["email_verified"] = false;
  EXPECT_EQ(CauseNow(), "wrong_name");
  EXPECT_THAT(SentenceNow(), HasSubstr("has not verified"));
}

TEST_F(TokenAuthenticatorsTest, ATokenForAnotherAudienceIsToldSo) {
  claims["aud"] = "grafana";
  EXPECT_EQ(CauseNow(), "token_elsewhere");
  EXPECT_EQ(SentenceNow(), "the token is for 'grafana', not for us");
  verifier = nullptr;
  checking.tells_what_it_takes = true;
  checking.rules.audiences = {"mayfly", "mayfly-2"};
  EXPECT_EQ(SentenceNow(),
            "the token is for 'grafana', not for us: sso takes tokens of https://id.example.com "
            "for mayfly or mayfly-2");
  claims["aud"] = {"mayfly", "grafana"};
  claims["azp"] = "grafana";
  EXPECT_THAT(SentenceNow(), HasSubstr("made for another client ('grafana'): sso takes tokens"));
}

// By its own word, which needs no key of ours: the issuer is not asked for newer ones.
TEST_F(TokenAuthenticatorsTest, ATokenOfAnotherIssuerIsToldSo) {
  checking.tells_what_it_takes = true;
  claims["iss"] = "https://ci.example.com";
  const IssuerKey theirs = IssuerKey::Rsa();
  const std::string token = MakeToken(theirs, "RS256", "theirs", claims.dump());
  const absl::Status status = Start(token).status();
  EXPECT_EQ(CauseOf(status), "token_elsewhere");
  EXPECT_EQ(SentenceFor(status),
            "the token is of the issuer 'https://ci.example.com', not of ours: sso takes tokens of "
            "https://id.example.com for mayfly");
  EXPECT_EQ(keys.refreshes, 0);
  // One that only claims to be of ours is a stranger's.
  claims["iss"] = kIssuer;
  const absl::Status forged = Start(MakeToken(theirs, "RS256", "k", claims.dump())).status();
  EXPECT_EQ(CauseOf(forged), "bad_signature");
  EXPECT_EQ(SentenceFor(forged), "");
}

TEST_F(TokenAuthenticatorsTest, OddNamesHaveAMap) {
  checking.username.map = {{"j.o'brien@example.com", "jobrien"}};
  claims["email"] = "j.o'brien@example.com";
  EXPECT_EQ(Start(Token()).value().identity.subject.name, "jobrien");
}

TEST_F(TokenAuthenticatorsTest, BoundClaimsAreSaid) {
  checking.bound_claims = {{"hd", {"example.com"}}};
  EXPECT_EQ(CauseNow(), "token_claims");
  EXPECT_THAT(SentenceNow(), HasSubstr("no claim 'hd'"));
}

// The claims of a GitHub Actions token, as its documentation shows them.
TEST_F(TokenAuthenticatorsTest, AWorkloadHasANameOfItsOwnAndAnEnd) {
  by_jwt = true;
  checking.name = "github";
  checking.realm = "pipelines";
  checking.rules.authorized_party = false;
  checking.rules.max_age = absl::InfiniteDuration();
  checking.username = {};
  checking.username.claim = "repository";
  checking.username.replace = {{'/', '+'}};
  checking.bound_claims = {{"repository_owner", {"octo-org"}}};
  checking.claims = {{"ref", "ref"}};
  jwt.always_groups = {"pipelines"};
  claims.merge_patch({{"sub", "repo:octo-org/octo-repo:environment:prod"},
                      {"environment", "prod"},
                      {"ref", "refs/heads/main"},
                      {"repository", "octo-org/octo-repo"},
                      {"repository_owner", "octo-org"},
                      {"run_id", "example-run-id"},
                      {"email", nullptr},
                      {"nonce", nullptr}});
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, Start(Token()));
  EXPECT_EQ(proven.identity.subject.ToString(), "user:octo-org+octo-repo@pipelines");
  EXPECT_EQ(proven.identity.until, clock.Now() + absl::Hours(1));
  EXPECT_EQ(proven.identity.claims.at("ref").value(), "refs/heads/main");
  // Another repository must not come out as the same name.
  claims["repository"] = "octo-org+octo/repo";
  EXPECT_THAT(SentenceNow(), HasSubstr("stands for something else"));
}

TEST_F(TokenAuthenticatorsTest, AWorkloadsGroupsAreItsClaimsAndThoseOfEverybody) {
  by_jwt = true;
  jwt.groups_claim = "groups";
  jwt.always_groups = {"pipelines"};
  EXPECT_THAT(Start(Token()).value().identity.groups.value(),
              ElementsAre("engineering", "pipelines"));
  claims.erase("groups");
  EXPECT_TRUE(Start(Token()).value().identity.groups.unknown());
}

TEST_F(TokenAuthenticatorsTest, ATokenBoundToAKeyEndsWithIt) {
  by_jwt = true;
  jwt.reuse = model::TokenReuse::kSameKey;
  ASSERT_OK_AND_ASSIGN(const ProvenCall proven, Start(Token()));
  EXPECT_EQ(proven.identity.until, clock.Now() + absl::Seconds(300));
}

TEST_F(TokenAuthenticatorsTest, WithoutAnIdATokenIsKnownByWhatWasSigned) {
  claims.erase("jti");
  const std::string input = SigningInput(R"({"alg":"ES256","kid":"e"})", claims.dump());
  const IssuerKey ec = IssuerKey::P256();
  keys.Set(JwkSet({ec.Jwk("e")}));
  // Two signatures over the same: ECDSA takes a random number each time.
  ASSERT_OK_AND_ASSIGN(const ProvenCall one, Start(mayfly::Token(input, ec.Sign("ES256", input))));
  ASSERT_OK_AND_ASSIGN(const ProvenCall two, Start(mayfly::Token(input, ec.Sign("ES256", input))));
  EXPECT_NE(one.identity.bearer_digest, two.identity.bearer_digest);
  EXPECT_EQ(one.identity.token_use.claim, two.identity.token_use.claim);
}

TEST_F(TokenAuthenticatorsTest, MessagesNeverHoldTheToken) {
  claims["aud"] = "other";
  const std::string token = Token();
  const std::string message = Message(Start(token).status());
  EXPECT_EQ(message.find(token.substr(token.rfind('.'))), std::string::npos);
}

}  // namespace
}  // namespace mayfly::authn
