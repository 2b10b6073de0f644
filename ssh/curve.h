// The three NIST curves of SSH (RFC 5656), as OpenSSL knows them.
#ifndef MAYFLY_SSH_CURVE_H_
#define MAYFLY_SSH_CURVE_H_

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <string_view>

#include "absl/status/status.h"
#include "base/bytes.h"
#include "ssh/public_key.h"

namespace mayfly::ssh {

struct Curve {
  std::string_view name;  // "nistp256", as SSH has it.
  int bits;
  size_t field_size;          // Bytes of a coordinate.
  const char* group_name;     // "prime256v1", as OpenSSL has it.
  const EC_GROUP* group;      // Lives as long as the process; const use is thread-safe.
  const EVP_MD* (*digest)();  // RFC 5656 6.2.1: the hash that goes with the curve.
};

// `type` must be one of the ECDSA types or kSkEcdsaP256.
const Curve& CurveOf(KeyType type);

// Whether `point` is uncompressed, on the curve and not infinity.
absl::Status CheckPoint(const Curve& curve, BytesView point);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_CURVE_H_
