#include "ssh/mldsa.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <sodium.h>

#include <array>
#include <string>

#include "base/status.h"
#include "ssh/openssl.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

constexpr char kAlgorithm[] = "ML-DSA-44";
constexpr std::string_view kCompositePrefix = "CompositeAlgorithmSignatures2025";

EvpKey ToKey(BytesView key) {
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  MAYFLY_CHECK(builder != nullptr &&
               OSSL_PARAM_BLD_push_octet_string(builder.get(), "pub", key.data(), key.size()) == 1);
  return KeyFromParams(kAlgorithm, EVP_PKEY_PUBLIC_KEY, builder.get());
}

}  // namespace

bool CanVerifyMldsa() {
  static const bool can = [] {
    EVP_SIGNATURE* const found = EVP_SIGNATURE_fetch(nullptr, kAlgorithm, nullptr);
    EVP_SIGNATURE_free(found);
    ERR_clear_error();
    return found != nullptr;
  }();
  return can;
}

Bytes CompositeMessage(BytesView message) {
  Bytes digest(crypto_hash_sha512_BYTES);
  crypto_hash_sha512(digest.data(), message.data(), message.size());
  // SSH gives no context of its own: its length, one byte, is 0.
  return Writer()
      .Raw(AsBytes(kCompositePrefix))
      .Raw(AsBytes(kCompositeLabel))
      .Byte(0)
      .Raw(digest)
      .Take();
}

absl::Status VerifyMldsa44(BytesView key, std::string_view context, BytesView message,
                           BytesView signature) {
  if (!CanVerifyMldsa()) {
    return Unimplemented(
        "this machine's OpenSSL cannot verify ML-DSA signatures: OpenSSL 3.5 or newer is needed");
  }
  const EvpKey evp_key = ToKey(key);
  if (evp_key == nullptr) return InvalidArgument("the ML-DSA key is unusable");
  const EvpDigestContext digest(EVP_MD_CTX_new());
  MAYFLY_CHECK(digest != nullptr);
  std::string context_bytes(context);
  const std::array<OSSL_PARAM, 2> params = {
      OSSL_PARAM_construct_octet_string("context-string", context_bytes.data(),
                                        context_bytes.size()),
      OSSL_PARAM_construct_end()};
  const bool verified = EVP_DigestVerifyInit_ex(digest.get(), nullptr, nullptr, nullptr, nullptr,
                                                evp_key.get(), params.data()) == 1 &&
                        EVP_DigestVerify(digest.get(), signature.data(), signature.size(),
                                         message.data(), message.size()) == 1;
  ERR_clear_error();
  return verified ? absl::OkStatus() : Unauthenticated("the signature does not verify");
}

}  // namespace mayfly::ssh
