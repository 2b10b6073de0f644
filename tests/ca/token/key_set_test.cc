#include "ca/token/key_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "fmt/format.h"
#include "tests/testing/token_maker.h"

namespace mayfly::token {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void ExpectRefused(std::string_view text, const char* words,
                   absl::StatusCode code = absl::StatusCode::kInvalidArgument) {
  const absl::StatusOr<KeySet> set = KeySet::Parse(text);
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.status().code(), code);
  EXPECT_THAT(Message(set.status()), HasSubstr(words));
}

// The keys of RFC 7517 appendix A.1, whose EC key is for encryption.
TEST(KeySet, ReadsTheExampleOfRfc7517) {
  const KeySet set = KeySet::Parse(R"({"keys":[
    {"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},
    {"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
     "e":"AQAB","alg":"RS256","kid":"2011-04-29"}]})")
                         .value();
  EXPECT_EQ(set.size(), 1u);
  EXPECT_THAT(set.skipped(), ElementsAre("1: not for signatures"));
  EXPECT_NE(set.Find("2011-04-29", Algorithm::kRs256), nullptr);
  EXPECT_EQ(set.Find("2011-04-29", Algorithm::kRs512), nullptr);
  EXPECT_EQ(set.Find("1", Algorithm::kEs256), nullptr);
}

TEST(KeySet, RefusesPrivateAndSharedKeys) {
  constexpr auto kSpoilt = absl::StatusCode::kFailedPrecondition;  // More than a mistake.
  ExpectRefused(JwkSet({IssuerKey::Rsa().PrivateJwk("r")}), "\"d\"", kSpoilt);
  ExpectRefused(JwkSet({IssuerKey::P256().PrivateJwk("e")}), "a private or secret key", kSpoilt);
  ExpectRefused(JwkSet({IssuerKey::Ed25519().PrivateJwk("d")}), "a private or secret key", kSpoilt);
  ExpectRefused(R"({"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"o"}]})", "o: a private or secret",
                kSpoilt);
  // Also beside good ones, and also when it is for something else.
  ExpectRefused(JwkSet({IssuerKey::P256().Jwk("good"), IssuerKey::P256().PrivateJwk("bad")}),
                "bad: a private", kSpoilt);
}

TEST(KeySet, LeavesOutWhatItDoesNotUse) {
  const KeySet set =
      KeySet::Parse(JwkSet({IssuerKey::P256().Jwk("good"), IssuerKey::Rsa(1024).Jwk("small"),
                            R"({"kty":"XYZ","kid":"strange"})", R"({"kid":"empty"})",
                            IssuerKey::P256().Jwk("other", R"(,"alg":"ECDH-ES")"),
                            IssuerKey::P256().Jwk("signer", R"(,"key_ops":["encrypt"])")}))
          .value();
  EXPECT_EQ(set.size(), 1u);
  EXPECT_THAT(set.skipped(),
              ElementsAre(HasSubstr("small: an RSA key of 1024 bits"), HasSubstr("strange"),
                          HasSubstr("empty"), HasSubstr("other: for an algorithm"),
                          HasSubstr("signer: not for signatures")));
}

TEST(KeySet, RefusesKeysThatAreNoPoints) {
  ExpectRefused(R"({"keys":[{"kty":"EC","crv":"P-256","kid":"x",)"
                R"("x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE",)"
                R"("y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}]})",
                "no key of the JWK Set can be used");
  ExpectRefused(R"({"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]})", "32 bytes");
  ExpectRefused(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQ"}]})", "32 bytes");
  ExpectRefused(R"({"keys":[{"kty":"RSA","n":"","e":"AQAB"}]})", "\"n\"");
  const std::string exponent_one = fmt::format(R"({{"keys":[{{"kty":"RSA","n":"{}","e":"AQ"}}]}})",
                                               Base64UrlEncode(Bytes(256, 0xff)));
  ExpectRefused(exponent_one, "unsound");
}

TEST(KeySet, HasLimits) {
  ExpectRefused(R"({"keys":[")" + std::string(10 << 20, 'x') + R"("]})", "at most 262144");
  std::vector<std::string> many(101, R"({"kty":"XYZ"})");
  ExpectRefused(JwkSet(many), "at most 100");
  // 8,192 bits are the most: a larger modulus would cost every verification milliseconds.
  ExpectRefused(fmt::format(R"({{"keys":[{{"kty":"RSA","n":"{}","e":"AQAB"}}]}})",
                            Base64UrlEncode(Bytes(2048, 0xff))),
                "more than 8192 bits");
}

TEST(KeySet, RefusesWhatIsNoSet) {
  ExpectRefused("", "not a JSON object");
  ExpectRefused("<html>moved</html>", "not a JSON object");
  ExpectRefused("[]", "not a JSON object");
  ExpectRefused("{}", "no list");
  ExpectRefused(R"({"keys":{}})", "no list");
  ExpectRefused(R"({"keys":[]})", "is empty");
  ExpectRefused(R"({"keys":[7]})", "not a JSON object");
  ExpectRefused(R"({"keys":[],"keys":[]})", "comes twice");
}

TEST(KeySet, TwoKeysMayShareAnIdWhenTheyAreOfDifferentKinds) {
  const KeySet set =
      KeySet::Parse(JwkSet({IssuerKey::P256().Jwk("same"), IssuerKey::Ed25519().Jwk("same")}))
          .value();
  EXPECT_NE(set.Find("same", Algorithm::kEs256), nullptr);
  EXPECT_NE(set.Find("same", Algorithm::kEdDsa), nullptr);
  EXPECT_NE(set.Find("same", Algorithm::kEs256), set.Find("same", Algorithm::kEdDsa));
}

}  // namespace
}  // namespace mayfly::token
