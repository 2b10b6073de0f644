// OpenSSL's objects, freeing themselves; all free in a way that wipes what they held.
#ifndef MAYFLY_SSH_OPENSSL_H_
#define MAYFLY_SSH_OPENSSL_H_

#include <openssl/bn.h>
#include <openssl/core.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

#include "base/bytes.h"

namespace mayfly::ssh {

template <auto free_function>
struct FreeBy {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};

using BigNumber = std::unique_ptr<BIGNUM, FreeBy<BN_clear_free>>;
using BigNumberContext = std::unique_ptr<BN_CTX, FreeBy<BN_CTX_free>>;
using EcPoint = std::unique_ptr<EC_POINT, FreeBy<EC_POINT_clear_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, FreeBy<ECDSA_SIG_free>>;
using EvpKey = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using EvpKeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeBy<EVP_PKEY_CTX_free>>;
using EvpDigestContext = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;
using EvpCipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeBy<EVP_CIPHER_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeBy<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreeBy<OSSL_PARAM_free>>;

// A number from its big-endian magnitude. Never null: running out of memory ends the process.
BigNumber ToBigNumber(BytesView magnitude);
BigNumber NewBigNumber();
Bytes ToMagnitude(const BIGNUM* number);  // Big-endian, minimal. Not for secrets.

// Makes a key of OpenSSL's type `algorithm` ("EC", "RSA") from what `builder` holds; null when
// OpenSSL refuses it. `selection` is EVP_PKEY_PUBLIC_KEY or EVP_PKEY_KEYPAIR.
EvpKey KeyFromParams(const char* algorithm, int selection, OSSL_PARAM_BLD* builder);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_OPENSSL_H_
