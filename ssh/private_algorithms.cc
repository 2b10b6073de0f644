#include "ssh/private_algorithms.h"

#include <openssl/err.h>

#include <span>

#include "base/status.h"

namespace mayfly::ssh {

BigNumber ToSecretNumber(BytesView magnitude) {
  BigNumber number(BN_secure_new());
  MAYFLY_CHECK(number != nullptr && BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()),
                                              number.get()) != nullptr);
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

BigNumber NewSecretNumber() { return ToSecretNumber({}); }

BigNumberContext NewSecretContext() {
  BigNumberContext context(BN_CTX_secure_new());
  MAYFLY_CHECK(context != nullptr);
  return context;
}

void WriteNumber(const BIGNUM* number, SecretWriter& writer) {
  SecretBytes magnitude(BN_num_bytes(number));
  magnitude.Fill([&](std::span<uint8_t> bytes) { BN_bn2bin(number, bytes.data()); });
  magnitude.Expose([&](BytesView bytes) { writer.Mpint(bytes); });
}

absl::Status DoesNotBelong() {
  return InvalidArgument("the private part of the key does not belong to its public part");
}

absl::StatusOr<Bytes> SignWithOpenSsl(EVP_PKEY* key, const EVP_MD* digest, BytesView message) {
  const EvpDigestContext context(EVP_MD_CTX_new());
  MAYFLY_CHECK(context != nullptr);
  Bytes signature(EVP_PKEY_get_size(key));
  size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    ERR_clear_error();
    return Internal("the key could not sign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace mayfly::ssh
