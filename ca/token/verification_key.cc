#include "ca/token/verification_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "ca/token/strict_json.h"
#include "fmt/format.h"

namespace mayfly::token {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // A larger one costs milliseconds a token.
constexpr int kMaxExponentBits = 64;
constexpr size_t kEd25519Size = 32;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using BigNumber = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

absl::StatusOr<Bytes> Member(const nlohmann::json& jwk, const char* name) {
  absl::StatusOr<Bytes> bytes = Base64UrlDecode(StringMember(jwk, name));
  if (!bytes.ok() || bytes->empty()) {
    return InvalidArgument(fmt::format("\"{}\" is missing, or not base64url", name));
  }
  return bytes;
}

BigNumber Number(const Bytes& bytes) {
  return BigNumber(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

std::shared_ptr<EVP_PKEY> Share(EVP_PKEY* key) {
  return key == nullptr ? nullptr : std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> Build(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext making(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (params == nullptr || making == nullptr || EVP_PKEY_fromdata_init(making.get()) != 1 ||
      EVP_PKEY_fromdata(making.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return InvalidArgument("not a public key");
  }
  std::shared_ptr<EVP_PKEY> key = Share(made);
  const KeyContext checking(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (checking == nullptr || EVP_PKEY_public_check(checking.get()) != 1) {
    return InvalidArgument("not a sound public key");
  }
  return key;
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> ReadRsa(const nlohmann::json& jwk) {
  MAYFLY_ASSIGN_OR_RETURN(const Bytes n_bytes, Member(jwk, "n"));
  MAYFLY_ASSIGN_OR_RETURN(const Bytes e_bytes, Member(jwk, "e"));
  if (n_bytes.size() > kMaxRsaBits / 8 + 1 || e_bytes.size() > kMaxExponentBits / 8) {
    return InvalidArgument(fmt::format("an RSA key of more than {} bits", kMaxRsaBits));
  }
  const BigNumber n = Number(n_bytes);
  const BigNumber e = Number(e_bytes);
  if (BN_num_bits(n.get()) < kMinRsaBits) {
    return InvalidArgument(fmt::format("an RSA key of {} bits; expected at least {}",
                                       BN_num_bits(n.get()), kMinRsaBits));
  }
  if (BN_num_bits(n.get()) > kMaxRsaBits || !BN_is_odd(e.get()) || BN_is_one(e.get())) {
    return InvalidArgument("an RSA key with an unsound size or exponent");
  }
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return Build("RSA", builder.get());
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> ReadEc(const nlohmann::json& jwk, const char* curve,
                                                 size_t width) {
  MAYFLY_ASSIGN_OR_RETURN(const Bytes x, Member(jwk, "x"));
  MAYFLY_ASSIGN_OR_RETURN(const Bytes y, Member(jwk, "y"));
  if (x.size() != width || y.size() != width) {
    return InvalidArgument(fmt::format("coordinates on {} have {} bytes", curve, width));
  }
  Bytes point = {POINT_CONVERSION_UNCOMPRESSED};
  point.insert(point.end(), x.begin(), x.end());
  point.insert(point.end(), y.begin(), y.end());
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return Build("EC", builder.get());
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> ReadEd25519(const nlohmann::json& jwk) {
  MAYFLY_ASSIGN_OR_RETURN(const Bytes x, Member(jwk, "x"));
  if (x.size() != kEd25519Size) return InvalidArgument("an Ed25519 key has 32 bytes");
  std::shared_ptr<EVP_PKEY> key =
      Share(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x.data(), x.size()));
  if (key == nullptr) return InvalidArgument("not a public key");
  return key;
}

const char* DigestOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kPs256:
    case Algorithm::kEs256:
      return "SHA256";
    case Algorithm::kRs384:
    case Algorithm::kPs384:
    case Algorithm::kEs384:
      return "SHA384";
    case Algorithm::kRs512:
    case Algorithm::kPs512:
      return "SHA512";
    case Algorithm::kEdDsa:
      break;
  }
  return nullptr;  // Ed25519 hashes by itself.
}

bool IsPss(Algorithm algorithm) {
  return algorithm == Algorithm::kPs256 || algorithm == Algorithm::kPs384 ||
         algorithm == Algorithm::kPs512;
}

// A JWS holds r and s as they are, one behind the other (RFC 7518 section 3.4); OpenSSL wants DER.
Bytes EcdsaDer(BytesView raw) {
  const int width = static_cast<int>(raw.size() / 2);
  const EcdsaSignature signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(raw.data(), width, nullptr),
                 BN_bin2bn(raw.data() + width, width, nullptr));
  Bytes der(static_cast<size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)));
  uint8_t* end = der.data();
  i2d_ECDSA_SIG(signature.get(), &end);
  return der;
}

}  // namespace

absl::StatusOr<VerificationKey> VerificationKey::FromJwk(const nlohmann::json& jwk) {
  VerificationKey result;
  result.kid_ = StringMember(jwk, "kid");
  if (const auto alg = jwk.find("alg"); alg != jwk.end()) {
    result.only_ = ParseAlgorithm(StringMember(jwk, "alg"));
    if (!result.only_) return InvalidArgument("for an algorithm that is not taken");
  }
  MAYFLY_ASSIGN_OR_RETURN(result.key_, Read(jwk, result.kind_));
  return result;
}

absl::StatusOr<std::shared_ptr<EVP_PKEY>> VerificationKey::Read(const nlohmann::json& jwk,
                                                                Kind& kind) {
  const std::string type = StringMember(jwk, "kty");
  const std::string curve = StringMember(jwk, "crv");
  if (type == "RSA") {
    kind = Kind::kRsa;
    return ReadRsa(jwk);
  }
  if (type == "EC" && curve == "P-256") {
    kind = Kind::kP256;
    return ReadEc(jwk, "P-256", 32);
  }
  if (type == "EC" && curve == "P-384") {
    kind = Kind::kP384;
    return ReadEc(jwk, "P-384", 48);
  }
  if (type == "OKP" && curve == "Ed25519") {
    kind = Kind::kEd25519;
    return ReadEd25519(jwk);
  }
  return InvalidArgument("of a kind that is not taken");
}

bool VerificationKey::MayVerify(Algorithm algorithm) const {
  if (only_ && *only_ != algorithm) return false;
  switch (algorithm) {
    case Algorithm::kEs256:
      return kind_ == Kind::kP256;
    case Algorithm::kEs384:
      return kind_ == Kind::kP384;
    case Algorithm::kEdDsa:
      return kind_ == Kind::kEd25519;
    default:
      return kind_ == Kind::kRsa;
  }
}

bool VerificationKey::Verify(Algorithm algorithm, std::string_view message,
                             BytesView signature) const {
  if (!MayVerify(algorithm) || signature.empty()) return false;
  Bytes der;
  if (kind_ == Kind::kP256 || kind_ == Kind::kP384) {
    if (signature.size() != (kind_ == Kind::kP256 ? 64u : 96u)) return false;
    der = EcdsaDer(signature);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // The context's.
  if (context == nullptr || EVP_DigestVerifyInit_ex(context.get(), &parameters, DigestOf(algorithm),
                                                    nullptr, nullptr, key_.get(), nullptr) != 1) {
    return false;
  }
  if (IsPss(algorithm) &&
      (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) <= 0 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) <= 0)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          AsBytes(message).data(), message.size()) == 1;
}

}  // namespace mayfly::token
