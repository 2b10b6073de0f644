#include "ssh/sha1.h"

#include <openssl/evp.h>

#include "base/status.h"

namespace mayfly::ssh {

Sha1Digest Sha1(BytesView bytes) {
  Sha1Digest digest;
  MAYFLY_CHECK(
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1);
  return digest;
}

}  // namespace mayfly::ssh
