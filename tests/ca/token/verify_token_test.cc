#include "ca/token/verify_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "tests/ca/token/token_world.h"

namespace mayfly::token {
namespace {

using ::testing::HasSubstr;
using Code = absl::StatusCode;

class VerifyTokenTest : public ::testing::Test, public TokenWorld {};

TEST_F(VerifyTokenTest, TakesEachAlgorithmByItsOwnKey) {
  EXPECT_TRUE(Verify(Rs256()).ok());
  EXPECT_TRUE(Verify(MakeToken(p256, "ES256", "e", claims.dump())).ok());
  EXPECT_TRUE(Verify(MakeToken(p384, "ES384", "e384", claims.dump())).ok());
  EXPECT_TRUE(Verify(MakeToken(ed25519, "EdDSA", "d", claims.dump())).ok());
  const IssuerKey any = IssuerKey::Rsa();
  const KeySet set = KeySet::Parse(JwkSet({any.Jwk("any")})).value();
  for (const char* algorithm : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}) {
    EXPECT_TRUE(VerifyToken(MakeToken(any, algorithm, "any", claims.dump()), set, rules, now).ok())
        << algorithm;
  }
}

// RFC 8037 appendix A.4: a signature that others made, over text that is no JSON object.
TEST_F(VerifyTokenTest, VerifiesTheExampleOfRfc8037) {
  const KeySet set = KeySet::Parse(R"({"keys":[{"kty":"OKP","crv":"Ed25519",)"
                                   R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})")
                         .value();
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  // The signature holds; what is signed is not a set of claims.
  const absl::Status status = VerifyToken(token, set, rules, now).status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(Message(status), HasSubstr("the token's claims: not a JSON object"));
}

TEST_F(VerifyTokenTest, TellsWhatTheTokenSays) {
  const VerifiedToken token = Verify(Rs256()).value();
  EXPECT_EQ(token.issuer, "https://id.example.com");
  EXPECT_EQ(token.subject, "a1b2");
  EXPECT_EQ(token.id, "one");
  EXPECT_EQ(token.expires_at, now + absl::Seconds(300));
}

TEST_F(VerifyTokenTest, AKeyThatIsNotThereIsNotFoundSoThatNewerOnesCanBeAskedFor) {
  const IssuerKey next = IssuerKey::Rsa();
  EXPECT_EQ(CodeOf(MakeToken(next, "RS256", "next", claims.dump())), Code::kNotFound);
}

TEST_F(VerifyTokenTest, TakesATokenWithoutKeyIdWhenOneKeyAloneCanBeMeant) {
  const std::string input = SigningInput(R"({"alg":"RS256"})", claims.dump());
  EXPECT_TRUE(Verify(Token(input, rsa.Sign("RS256", input))).ok());
  const KeySet two = KeySet::Parse(JwkSet({rsa.Jwk("a"), IssuerKey::Rsa().Jwk("b")})).value();
  EXPECT_EQ(VerifyToken(Token(input, rsa.Sign("RS256", input)), two, rules, now).status().code(),
            Code::kNotFound);
}

TEST_F(VerifyTokenTest, OnlyTheConfiguredAlgorithms) {
  rules.algorithms = {Algorithm::kEs256};
  EXPECT_EQ(CodeOf(Rs256()), Code::kInvalidArgument);
}

struct ClaimCase {
  const char* name;
  const char* patch;  // A JSON merge patch: null removes.
  Code code;
  const char* words;
};
std::string NameOfCase(const ::testing::TestParamInfo<ClaimCase>& info) { return info.param.name; }

class ClaimsOfToken : public VerifyTokenTest, public ::testing::WithParamInterface<ClaimCase> {};

TEST_P(ClaimsOfToken, AreHeldAgainstTheRules) {
  claims.merge_patch(nlohmann::json::parse(GetParam().patch));
  const absl::Status status = Verify(Rs256()).status();
  EXPECT_EQ(status.code(), GetParam().code) << status;
  EXPECT_THAT(Message(status), HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ClaimsOfToken,
    ::testing::ValuesIn<ClaimCase>({
        {"AsItIs", R"({})", Code::kOk, ""},
        {"OtherIssuer", R"({"iss":"https://evil.example"})", Code::kPermissionDenied, "issuer"},
        {"IssuerWithSlash", R"({"iss":"https://id.example.com/"})", Code::kPermissionDenied,
         "issuer"},
        {"NoIssuer", R"({"iss":null})", Code::kInvalidArgument, "no issuer"},
        {"OtherAudience", R"({"aud":"grafana"})", Code::kPermissionDenied, "'grafana'"},
        {"NoAudience", R"({"aud":null})", Code::kPermissionDenied, "no audience"},
        {"EmptyAudience", R"({"aud":[]})", Code::kPermissionDenied, "no audience"},
        {"NumberAsAudience", R"({"aud":7})", Code::kPermissionDenied, "no audience"},
        {"AudienceListOfOne", R"({"aud":["mayfly"]})", Code::kOk, ""},
        {"AudienceListWithoutAzp", R"({"aud":["mayfly","x"]})", Code::kPermissionDenied, "azp"},
        {"AudienceListWithAzp", R"({"aud":["x","mayfly"],"azp":"mayfly"})", Code::kOk, ""},
        {"AzpOfAnotherClient", R"({"azp":"grafana"})", Code::kPermissionDenied, "another client"},
        {"AzpIsNoText", R"({"azp":["mayfly"]})", Code::kPermissionDenied, "another client"},
        {"Expired", R"({"exp":1763999000,"iat":1763998990})", Code::kOutOfRange, "expired"},
        {"ExpiredWithinSkew", R"({"exp":1763999970})", Code::kOutOfRange, "before it was issued"},
        {"JustExpired", R"({"exp":1763999995})", Code::kOk, ""},
        {"NoExpiry", R"({"exp":null})", Code::kInvalidArgument, "when it expires"},
        {"ExpiryAsText", R"({"exp":"9999999999"})", Code::kInvalidArgument, "when it expires"},
        {"ExpiryBeyondAllTime", R"({"exp":1e300})", Code::kInvalidArgument, "when it expires"},
        {"FractionOfASecond", R"({"iat":1763999990.25})", Code::kOk, ""},
        {"NoIssuedAt", R"({"iat":null})", Code::kInvalidArgument, "when it was issued"},
        {"IssuedInTheFuture", R"({"iat":1764000200})", Code::kOutOfRange, "future"},
        {"IssuedLongAgo", R"({"iat":1763990000})", Code::kOutOfRange, "at most 10m old"},
        {"NotYet", R"({"nbf":1764000200})", Code::kOutOfRange, "not in force before"},
        {"NotBeforeAsText", R"({"nbf":"now"})", Code::kInvalidArgument, "nbf"},
        {"NotBeforeWithinSkew", R"({"nbf":1764000030})", Code::kOk, ""},
        {"NoSubject", R"({"sub":null})", Code::kInvalidArgument, "subject"},
        {"EmptySubject", R"({"sub":""})", Code::kInvalidArgument, "subject"},
        {"SubjectWithNul", R"({"sub":"a\u0000b"})", Code::kInvalidArgument, "subject"},
        {"NegativeExpiry", R"({"exp":-1})", Code::kInvalidArgument, "when it expires"},
    }),
    NameOfCase);

TEST_F(VerifyTokenTest, AWorkloadsTokenMayHaveSeveralAudiences) {
  rules.authorized_party = false;
  claims["aud"] = {"x", "mayfly"};
  EXPECT_TRUE(Verify(Rs256()).ok());
}

}  // namespace
}  // namespace mayfly::token
