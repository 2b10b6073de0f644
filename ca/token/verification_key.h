#ifndef MAYFLY_CA_TOKEN_VERIFICATION_KEY_H_
#define MAYFLY_CA_TOKEN_VERIFICATION_KEY_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ca/token/algorithm.h"
#include "nlohmann/json_fwd.hpp"

typedef struct evp_pkey_st EVP_PKEY;  // NOLINT(modernize-use-using): OpenSSL's own declaration.

namespace mayfly::token {

// The public key of a JWK (RFC 7517), and what it may verify: its algorithms follow from the key
// itself, never from a token alone. A value: copies share the key. Thread-safe.
class VerificationKey {
 public:
  // RSA of 2048 to 8192 bits, EC on P-256 or P-384, Ed25519. kInvalidArgument says why not.
  static absl::StatusOr<VerificationKey> FromJwk(const nlohmann::json& jwk);

  const std::string& kid() const { return kid_; }  // Empty when the JWK has none.
  // By the kind of key, and by the JWK's own "alg" when it names one.
  bool MayVerify(Algorithm algorithm) const;
  // Whether `signature` over `message` is by this key. Takes 20 to 120 µs.
  bool Verify(Algorithm algorithm, std::string_view message, BytesView signature) const;

 private:
  enum class Kind { kRsa, kP256, kP384, kEd25519 };
  VerificationKey() = default;
  static absl::StatusOr<std::shared_ptr<EVP_PKEY>> Read(const nlohmann::json& jwk, Kind& kind);

  std::string kid_;
  Kind kind_ = Kind::kRsa;
  std::optional<Algorithm> only_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace mayfly::token

#endif  // MAYFLY_CA_TOKEN_VERIFICATION_KEY_H_
