// What is tried against verifiers of tokens, a row an attempt. Every token here is made by a key of
// the test's own, so that each would be taken if exactly the check it is about were missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include "base/status.h"
#include "ca/token/compact_jws.h"
#include "fmt/format.h"
#include "tests/ca/token/token_world.h"

namespace mayfly::token {
namespace {

using ::testing::HasSubstr;
using Code = absl::StatusCode;

class AttackTest : public ::testing::Test, public TokenWorld {
 protected:
  const IssuerKey evil = IssuerKey::Rsa();

  std::string Hmac(std::string_view secret) const {
    const std::string input = SigningInput(R"({"alg":"HS256","kid":"r"})", claims.dump());
    return Token(input, HmacSha256(AsBytes(secret), AsBytes(input)));
  }
  void ExpectRefused(std::string_view token, Code code, const char* words) const {
    const absl::Status status = Verify(token).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(Message(status), HasSubstr(words));
  }
};

TEST_F(AttackTest, NoSignature) {
  for (const char* algorithm : {"none", "None", "nOnE", "NONE", ""}) {
    const std::string input =
        SigningInput(fmt::format(R"({{"alg":"{}","kid":"r"}})", algorithm), claims.dump());
    ExpectRefused(input + ".", Code::kInvalidArgument, "is not taken");
    ExpectRefused(input + ".AAAA", Code::kInvalidArgument, "is not taken");
  }
  const std::string token = Rs256();
  ExpectRefused(token.substr(0, token.rfind('.') + 1), Code::kInvalidArgument, "signature");
  ExpectRefused(token.substr(0, token.rfind('.')), Code::kInvalidArgument, "three parts");
}

TEST_F(AttackTest, ThePublicKeyAsASharedSecret) {
  ExpectRefused(Hmac(rsa.Pem()), Code::kInvalidArgument, "'HS256' is not taken");
  ExpectRefused(Hmac(rsa.Jwk("r")), Code::kInvalidArgument, "'HS256' is not taken");
  ExpectRefused(Hmac(""), Code::kInvalidArgument, "'HS256' is not taken");
}

TEST_F(AttackTest, AnotherKeysAlgorithm) {
  // The key of RS256 named by a token of ES256, and the other way round.
  ExpectRefused(MakeToken(p256, "ES256", "r", claims.dump()), Code::kUnauthenticated,
                "is not for ES256");
  ExpectRefused(MakeToken(rsa, "RS256", "e", claims.dump()), Code::kUnauthenticated,
                "is not for RS256");
  ExpectRefused(MakeToken(rsa, "RS256", "d", claims.dump()), Code::kUnauthenticated,
                "is not for RS256");
  ExpectRefused(MakeToken(p256, "ES256", "e384", claims.dump()), Code::kUnauthenticated,
                "is not for ES256");
  // The same key by an algorithm that its JWK does not name.
  ExpectRefused(MakeToken(rsa, "PS256", "r", claims.dump()), Code::kUnauthenticated,
                "is not for PS256");
  ExpectRefused(MakeToken(rsa, "RS512", "r", claims.dump()), Code::kUnauthenticated,
                "is not for RS512");
}

TEST_F(AttackTest, AnotherDigestThanTheHeaderSays) {
  const std::string input = SigningInput(R"({"alg":"RS256","kid":"r"})", claims.dump());
  ExpectRefused(Token(input, rsa.Sign("RS512", input)), Code::kUnauthenticated, "signature");
}

TEST_F(AttackTest, KeyIdsThatAreMoreThanNames) {
  for (const char* kid : {"../../../../dev/null", "/etc/passwd", "r' OR '1'='1",
                          "r'; DROP TABLE keys;--", "http://evil.example/k", "R", "r ", "%72"}) {
    ExpectRefused(MakeToken(evil, "RS256", kid, claims.dump()), Code::kNotFound, "has no key");
  }
  const std::string long_kid(257, 'k');
  ExpectRefused(MakeToken(rsa, "RS256", long_kid, claims.dump()), Code::kInvalidArgument, "key id");
  ExpectRefused(WithHeader(R"({"alg":"RS256","kid":7})"), Code::kInvalidArgument, "key id");
  ExpectRefused(WithHeader(R"({"alg":"RS256","kid":["r"]})"), Code::kInvalidArgument, "key id");
  ExpectRefused(WithHeader(R"({"alg":"RS256","kid":"r\u0000"})"), Code::kNotFound, "has no key");
}

TEST_F(AttackTest, HeadersThatBringAKeyOfTheirOwn) {
  const std::string jwk = evil.Jwk("r");
  for (const std::string& extra :
       {R"("jwk":)" + jwk, std::string(R"("jku":"https://evil.example/jwks")"),
        std::string(R"("x5u":"https://evil.example/cert")"), std::string(R"("x5c":["AAAA"])")}) {
    const std::string input =
        SigningInput(R"({"alg":"RS256","kid":"r",)" + extra + "}", claims.dump());
    ExpectRefused(Token(input, evil.Sign("RS256", input)), Code::kInvalidArgument, "is not taken");
    // Refused also where the signature is the issuer's own.
    ExpectRefused(Token(input, rsa.Sign("RS256", input)), Code::kInvalidArgument, "is not taken");
  }
}

TEST_F(AttackTest, HeadersThatChangeTheRules) {
  for (const char* header :
       {R"({"alg":"RS256","kid":"r","crit":["exp"]})", R"({"alg":"RS256","kid":"r","crit":[]})",
        R"({"alg":"RS256","kid":"r","b64":false,"crit":["b64"]})",
        R"({"alg":"RS256","kid":"r","zip":"DEF"})",
        R"({"alg":"RS256","kid":"r","enc":"A128GCM"})"}) {
    ExpectRefused(WithHeader(header), Code::kInvalidArgument, "is not taken");
  }
  ExpectRefused(WithHeader(R"({"alg":"RS256","kid":"r","typ":"at+jwt"})"), Code::kInvalidArgument,
                "expected JWT");
  ExpectRefused(WithHeader(R"({"alg":["RS256"],"kid":"r"})"), Code::kInvalidArgument,
                "is not taken");
}

TEST_F(AttackTest, MembersThatComeTwice) {
  ExpectRefused(WithHeader(R"({"alg":"none","alg":"RS256","kid":"r"})"), Code::kInvalidArgument,
                "comes twice");
  std::string text = claims.dump();
  text.insert(text.size() - 1, R"(,"sub":"root")");
  ExpectRefused(MakeToken(rsa, "RS256", "r", text), Code::kInvalidArgument, "comes twice");
  std::string nested = claims.dump();
  nested.insert(nested.size() - 1, R"(,"a":{"b":1,"b":2})");
  ExpectRefused(MakeToken(rsa, "RS256", "r", nested), Code::kInvalidArgument, "comes twice");
  // An escape that makes a second spelling of one name.
  std::string escaped = claims.dump();
  escaped.insert(escaped.size() - 1, R"(,"\u0073ub":"root")");
  ExpectRefused(MakeToken(rsa, "RS256", "r", escaped), Code::kInvalidArgument, "comes twice");
}

TEST_F(AttackTest, BytesThatWereNotSigned) {
  const std::string token = Rs256();
  const size_t first = token.find('.');
  const size_t second = token.find('.', first + 1);
  nlohmann::json other = claims;
  other["sub"] = "root";
  ExpectRefused(
      token.substr(0, first + 1) + Base64UrlEncode(AsBytes(other.dump())) + token.substr(second),
      Code::kUnauthenticated, "signature");
  for (size_t at = 0; at < token.size(); at += 7) {
    std::string flipped = token;
    flipped[at] = flipped[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Verify(flipped).ok()) << at;
  }
}

TEST_F(AttackTest, SpellingsOfOneToken) {
  // A second spelling would have another digest, and be another token to who counts them.
  const std::string token = Rs256();
  for (const std::string& other :
       {token + "=", token + "==", token + "\n", " " + token, token + ".", token + ".e30",
        token.substr(0, 40) + "\n" + token.substr(40), "Bearer " + token}) {
    ExpectRefused(other, Code::kInvalidArgument, "");
  }
  // The unused bits of the last character of a 256-byte signature: 342 characters hold 4 bits more.
  std::string stray = token;
  stray.back() = stray.back() == 'A' ? 'B' : static_cast<char>(stray.back() + 1);
  EXPECT_FALSE(Verify(stray).ok());
  EXPECT_FALSE(Verify(token + "A").ok());
}

TEST_F(AttackTest, SignaturesThatAreNone) {
  const std::string input = SigningInput(R"({"alg":"ES256","kid":"e"})", claims.dump());
  ExpectRefused(Token(input, p256.SignDer(input)), Code::kUnauthenticated, "signature");
  ExpectRefused(Token(input, Bytes(64, 0)), Code::kUnauthenticated, "signature");
  ExpectRefused(Token(input, Bytes(64, 0xff)), Code::kUnauthenticated, "signature");
  ExpectRefused(Token(input, Bytes(1, 0)), Code::kUnauthenticated, "signature");
  const std::string ed = SigningInput(R"({"alg":"EdDSA","kid":"d"})", claims.dump());
  ExpectRefused(Token(ed, Bytes(64, 0)), Code::kUnauthenticated, "signature");
}

TEST_F(AttackTest, Oversized) {
  claims["padding"] = std::string(20000, 'x');
  ExpectRefused(Rs256(), Code::kInvalidArgument, "at most 16384");
  ExpectRefused(std::string(10 << 20, '.'), Code::kInvalidArgument, "at most 16384");
  std::string deep = "1";
  for (int i = 0; i < 1000; ++i) deep = "[" + deep + "]";
  ExpectRefused(MakeToken(rsa, "RS256", "r", R"({"iss":)" + deep + "}"), Code::kInvalidArgument,
                "nested too deeply");
}

TEST_F(AttackTest, TextThatIsNotUtf8) {
  ExpectRefused(MakeToken(rsa, "RS256", "r", "{\"sub\":\"\xff\xfe\"}"), Code::kInvalidArgument,
                "not a JSON object");
}

TEST_F(AttackTest, MessagesNeverHoldTheSignatureOrTheTokenItself) {
  nlohmann::json other = claims;
  other["aud"] = std::string(400, 'x') + "\x1b[31m";
  const std::string token = MakeToken(rsa, "RS256", "r", other.dump());
  const std::string message = Message(Verify(token).status());
  EXPECT_LT(message.size(), 300u);
  EXPECT_EQ(message.find(token.substr(token.rfind('.'))), std::string::npos);
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace mayfly::token
