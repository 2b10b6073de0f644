// An issuer with one key of each kind, and a token of its that is taken: tests break one thing.
#ifndef MAYFLY_TESTS_CA_TOKEN_TOKEN_WORLD_H_
#define MAYFLY_TESTS_CA_TOKEN_TOKEN_WORLD_H_

#include <nlohmann/json.hpp>
#include <string>

#include "ca/token/verify_token.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/token_maker.h"

namespace mayfly::token {

class TokenWorld {
 public:
  // Made once: an RSA key takes a tenth of a second, and every test has a world.
  const IssuerKey& rsa = Made().rsa;
  const IssuerKey& p256 = Made().p256;
  const IssuerKey& p384 = Made().p384;
  const IssuerKey& ed25519 = Made().ed25519;
  const KeySet& keys = Made().keys;
  const absl::Time now = absl::FromUnixSeconds(1764000000);
  TokenRules rules = {.issuer = "https://id.example.com",
                      .audiences = {"mayfly"},
                      .authorized_party = true,
                      .max_age = absl::Minutes(10)};
  nlohmann::json claims = {
      {"iss", "https://id.example.com"}, {"sub", "a1b2"},           {"aud", "mayfly"},
      {"iat", 1764000000 - 10},          {"exp", 1764000000 + 300}, {"jti", "one"}};

  std::string Rs256() const { return MakeToken(rsa, "RS256", "r", claims.dump()); }
  // The token by RS256 with another header.
  std::string WithHeader(std::string_view header) const {
    const std::string input = SigningInput(header, claims.dump());
    return Token(input, rsa.Sign("RS256", input));
  }
  absl::StatusOr<VerifiedToken> Verify(std::string_view token) const {
    return VerifyToken(token, keys, rules, now);
  }
  absl::StatusCode CodeOf(std::string_view token) const { return Verify(token).status().code(); }

 private:
  struct Keys {
    IssuerKey rsa = IssuerKey::Rsa();
    IssuerKey p256 = IssuerKey::P256();
    IssuerKey p384 = IssuerKey::P384();
    IssuerKey ed25519 = IssuerKey::Ed25519();
    KeySet keys = KeySet::Parse(JwkSet({rsa.Jwk("r", R"(,"alg":"RS256","use":"sig")"),
                                        p256.Jwk("e"), p384.Jwk("e384"), ed25519.Jwk("d")}))
                      .value();
  };
  static const Keys& Made() {
    static const Keys& made = *new Keys();
    return made;
  }
};

}  // namespace mayfly::token

#endif  // MAYFLY_TESTS_CA_TOKEN_TOKEN_WORLD_H_
