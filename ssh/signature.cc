#include "ssh/signature.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <optional>

#include "base/status.h"
#include "base/text.h"
#include "ssh/curve.h"
#include "ssh/mldsa.h"
#include "ssh/openssl.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

constexpr std::string_view kRsaSha256 = "rsa-sha2-256";
constexpr std::string_view kRsaSha512 = "rsa-sha2-512";

// Whether the algorithm is one of a security key; nullopt when it is none of ours.
std::optional<bool> IsSecurityKeyAlgorithm(std::string_view algorithm) {
  if (algorithm == kRsaSha256 || algorithm == kRsaSha512) return false;
  for (const KeyType type : AllKeyTypes()) {
    if (type != KeyType::kRsa && algorithm == KeyTypeName(type)) return IsSecurityKey(type);
  }
  return std::nullopt;
}

absl::Status UnknownAlgorithm(std::string_view algorithm) {
  if (algorithm == "ssh-rsa") {
    return InvalidArgument("ssh-rsa signatures use SHA-1 and are refused: sign with rsa-sha2-512");
  }
  return InvalidArgument(fmt::format("unknown signature algorithm \"{}\"",
                                     EscapeForTerminal(algorithm.substr(0, 64))));
}

bool Fits(std::string_view algorithm, KeyType type) {
  if (type == KeyType::kRsa) return algorithm == kRsaSha256 || algorithm == kRsaSha512;
  return algorithm == KeyTypeName(type);
}

absl::Status DoesNotVerify() { return Unauthenticated("the signature does not verify"); }

absl::Status VerifyWithOpenSsl(EVP_PKEY* key, const EVP_MD* digest, BytesView signature,
                               BytesView message) {
  const EvpDigestContext context(EVP_MD_CTX_new());
  MAYFLY_CHECK(context != nullptr);
  const bool verified = EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
                        EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                         message.data(), message.size()) == 1;
  ERR_clear_error();  // A signature that does not verify leaves its story in this thread's queue.
  return verified ? absl::OkStatus() : DoesNotVerify();
}

absl::Status VerifyEd25519(BytesView point, BytesView message, BytesView signature) {
  if (signature.size() != crypto_sign_BYTES) {
    return InvalidArgument(fmt::format("an ed25519 signature has {} bytes, this has {}",
                                       crypto_sign_BYTES, signature.size()));
  }
  // libsodium also refuses S >= L and points of small order or in more than one encoding.
  if (crypto_sign_verify_detached(signature.data(), message.data(), message.size(), point.data()) !=
      0) {
    return DoesNotVerify();
  }
  return absl::OkStatus();
}

absl::Status VerifyRsa(const PublicKey& key, std::string_view algorithm, BytesView message,
                       BytesView signature) {
  const size_t size = key.rsa_modulus().size();
  if (signature.size() != size) {
    return InvalidArgument(
        fmt::format("an RSA signature is as long as the modulus, {} bytes, this "
                    "has {}",
                    size, signature.size()));
  }
  const BigNumber modulus = ToBigNumber(key.rsa_modulus());
  const BigNumber exponent = ToBigNumber(key.rsa_exponent());
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  MAYFLY_CHECK(builder != nullptr &&
               OSSL_PARAM_BLD_push_BN(builder.get(), "n", modulus.get()) == 1 &&
               OSSL_PARAM_BLD_push_BN(builder.get(), "e", exponent.get()) == 1);
  const EvpKey evp_key = KeyFromParams("RSA", EVP_PKEY_PUBLIC_KEY, builder.get());
  if (evp_key == nullptr) return InvalidArgument("the RSA key is unusable");
  return VerifyWithOpenSsl(evp_key.get(), algorithm == kRsaSha256 ? EVP_sha256() : EVP_sha512(),
                           signature, message);
}

// The ASN.1 form of "mpint r, mpint s" (RFC 5656 3.1.2), which OpenSSL wants.
absl::StatusOr<Bytes> EcdsaSignatureToDer(const Curve& curve, BytesView signature) {
  Reader reader(signature);
  MAYFLY_ASSIGN_OR_RETURN(const BytesView r, Annotate(reader.ReadMpint(), "r"));
  MAYFLY_ASSIGN_OR_RETURN(const BytesView s, Annotate(reader.ReadMpint(), "s"));
  MAYFLY_RETURN_IF_ERROR(reader.ExpectEnd());
  BigNumber r_number = ToBigNumber(r), s_number = ToBigNumber(s);
  const BIGNUM* const order = EC_GROUP_get0_order(curve.group);
  for (const BIGNUM* const number : {r_number.get(), s_number.get()}) {
    if (BN_is_zero(number) || BN_cmp(number, order) >= 0) {
      return InvalidArgument("r and s must lie between 1 and the order of the curve");
    }
  }
  const EcdsaSignature parsed(ECDSA_SIG_new());
  MAYFLY_CHECK(parsed != nullptr &&
               ECDSA_SIG_set0(parsed.get(), r_number.release(), s_number.release()) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(parsed.get(), &der);
  MAYFLY_CHECK(size > 0);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

absl::Status VerifyEcdsa(const PublicKey& key, BytesView message, BytesView signature) {
  const Curve& curve = CurveOf(key.type());
  MAYFLY_ASSIGN_OR_RETURN(const Bytes der,
                          Annotate(EcdsaSignatureToDer(curve, signature), "ECDSA signature"));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  MAYFLY_CHECK(builder != nullptr &&
               OSSL_PARAM_BLD_push_utf8_string(builder.get(), "group", curve.group_name, 0) == 1 &&
               OSSL_PARAM_BLD_push_octet_string(builder.get(), "pub", key.point().data(),
                                                key.point().size()) == 1);
  const EvpKey evp_key = KeyFromParams("EC", EVP_PKEY_PUBLIC_KEY, builder.get());
  if (evp_key == nullptr) return InvalidArgument("the ECDSA key is unusable");
  return VerifyWithOpenSsl(evp_key.get(), curve.digest(), der, message);
}

// Both halves sign the same derived message, and both must verify.
absl::Status VerifyComposite(const PublicKey& key, BytesView message, BytesView signature) {
  if (signature.size() != kMldsa44SignatureSize + crypto_sign_BYTES) {
    return InvalidArgument(fmt::format("a composite signature has {} bytes, this has {}",
                                       kMldsa44SignatureSize + crypto_sign_BYTES,
                                       signature.size()));
  }
  const Bytes derived = CompositeMessage(message);
  MAYFLY_RETURN_IF_ERROR(
      VerifyEd25519(key.point(), derived, signature.subspan(kMldsa44SignatureSize)));
  return VerifyMldsa44(key.mldsa_key(), kCompositeLabel, derived,
                       signature.first(kMldsa44SignatureSize));
}

absl::Status VerifyPlain(const PublicKey& key, BytesView message, const Signature& signature) {
  switch (key.type()) {
    case KeyType::kEd25519:
    case KeyType::kSkEd25519:
      return VerifyEd25519(key.point(), message, signature.bytes);
    case KeyType::kRsa:
      return VerifyRsa(key, signature.algorithm, message, signature.bytes);
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
    case KeyType::kSkEcdsaP256:
      return VerifyEcdsa(key, message, signature.bytes);
    case KeyType::kMldsa44Ed25519:
      return VerifyComposite(key, message, signature.bytes);
  }
  return Internal("a key type that cannot verify");
}

// What a security key signs instead of the message itself (PROTOCOL.u2f, "SSH U2F Signatures").
Bytes SecurityKeyMessage(const PublicKey& key, BytesView message, const Signature& signature) {
  return Writer()
      .Raw(Sha256(AsBytes(key.application())))
      .Byte(signature.sk_flags)
      .Uint32(signature.sk_counter)
      .Raw(Sha256(message))
      .Take();
}

absl::Status CheckFlags(uint8_t flags, const VerifyOptions& options) {
  if (options.require_user_presence && (flags & kSkUserPresent) == 0) {
    return Unauthenticated(
        "the security key was not touched: sign with a key made without no-touch-required");
  }
  if (options.require_user_verification && (flags & kSkUserVerified) == 0) {
    return Unauthenticated(
        "the security key did not ask for its PIN: sign with a key made with `ssh-keygen -O "
        "verify-required`");
  }
  return absl::OkStatus();
}

}  // namespace

Bytes Signature::Encode() const {
  Writer writer;
  writer.String(algorithm).String(bytes);
  if (IsSecurityKeyAlgorithm(algorithm).value_or(false)) writer.Byte(sk_flags).Uint32(sk_counter);
  return writer.Take();
}

absl::StatusOr<Signature> Signature::Parse(BytesView blob) {
  Reader reader(blob);
  Signature signature;
  MAYFLY_ASSIGN_OR_RETURN(signature.algorithm, Annotate(reader.ReadText(), "signature algorithm"));
  const std::optional<bool> is_security_key = IsSecurityKeyAlgorithm(signature.algorithm);
  if (!is_security_key.has_value()) return UnknownAlgorithm(signature.algorithm);
  MAYFLY_ASSIGN_OR_RETURN(const BytesView bytes, Annotate(reader.ReadString(), "signature"));
  signature.bytes = ToBytes(bytes);
  if (*is_security_key) {
    MAYFLY_ASSIGN_OR_RETURN(signature.sk_flags, Annotate(reader.ReadByte(), "signature flags"));
    MAYFLY_ASSIGN_OR_RETURN(signature.sk_counter,
                            Annotate(reader.ReadUint32(), "signature counter"));
  }
  MAYFLY_RETURN_IF_ERROR(Annotate(reader.ExpectEnd(), "signature"));
  return signature;
}

bool SignatureFits(const PublicKey& key, const Signature& signature) {
  return Fits(signature.algorithm, key.type());
}

HolderProof HolderProofOf(const Signature& signature) {
  if (!IsSecurityKeyAlgorithm(signature.algorithm).value_or(false)) return {};
  return {.by_security_key = true,
          .user_present = (signature.sk_flags & kSkUserPresent) != 0,
          .user_verified = (signature.sk_flags & kSkUserVerified) != 0,
          .counter = signature.sk_counter};
}

absl::Status Verify(const PublicKey& key, BytesView message, const Signature& signature,
                    const VerifyOptions& options) {
  if (!IsSecurityKeyAlgorithm(signature.algorithm).has_value()) {
    return UnknownAlgorithm(signature.algorithm);
  }
  if (!SignatureFits(key, signature)) {
    return InvalidArgument(fmt::format("a {} signature cannot come from a key of type {}",
                                       signature.algorithm, KeyTypeName(key.type())));
  }
  if (!IsSecurityKey(key.type())) return VerifyPlain(key, message, signature);
  MAYFLY_RETURN_IF_ERROR(VerifyPlain(key, SecurityKeyMessage(key, message, signature), signature));
  return CheckFlags(signature.sk_flags, options);
}

}  // namespace mayfly::ssh
