// Makes signed tokens and JWK Sets, good and bad, with keys of the test's own.
#ifndef MAYFLY_TESTS_TESTING_TOKEN_MAKER_H_
#define MAYFLY_TESTS_TESTING_TOKEN_MAKER_H_

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace mayfly {

// One key of an issuer.
class IssuerKey {
 public:
  static IssuerKey Rsa(int bits = 2048);
  static IssuerKey P256();
  static IssuerKey P384();
  static IssuerKey Ed25519();

  // The public JWK; `extra` is put before the closing brace, such as R"(,"alg":"RS256")".
  std::string Jwk(std::string_view kid, std::string_view extra = "") const;
  // A JWK of the private key: what must never be published.
  std::string PrivateJwk(std::string_view kid) const;
  // The JWS signature over `input` by RS256, PS256, ES256, ES384 or EdDSA, or by RS512; raw r and
  // s.
  Bytes Sign(std::string_view algorithm, std::string_view input) const;
  Bytes SignDer(std::string_view input) const;  // ECDSA as DER, which no JWS has.
  std::string Pem() const;                      // SubjectPublicKeyInfo.

 private:
  explicit IssuerKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}
  std::shared_ptr<EVP_PKEY> key_;
};

std::string JwkSet(const std::vector<std::string>& jwks);
// The two encoded parts and the dot.
std::string SigningInput(std::string_view header_json, std::string_view claims_json);
std::string Token(std::string_view signing_input, BytesView signature);
// A token as an issuer makes it.
std::string MakeToken(const IssuerKey& key, std::string_view algorithm, std::string_view kid,
                      std::string_view claims_json);

}  // namespace mayfly

#endif  // MAYFLY_TESTS_TESTING_TOKEN_MAKER_H_
