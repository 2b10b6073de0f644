#include "ssh/openssl.h"

#include <openssl/err.h>

#include "base/status.h"

namespace mayfly::ssh {

BigNumber NewBigNumber() {
  BigNumber number(BN_new());
  MAYFLY_CHECK(number != nullptr);
  return number;
}

BigNumber ToBigNumber(BytesView magnitude) {
  BigNumber number(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
  MAYFLY_CHECK(number != nullptr);
  return number;
}

Bytes ToMagnitude(const BIGNUM* number) {
  Bytes bytes(BN_num_bytes(number));
  BN_bn2bin(number, bytes.data());
  return bytes;
}

EvpKey KeyFromParams(const char* algorithm, int selection, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  MAYFLY_CHECK(params != nullptr && context != nullptr);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) {
    ERR_clear_error();
    EVP_PKEY_free(key);
    return nullptr;
  }
  return EvpKey(key);
}

}  // namespace mayfly::ssh
