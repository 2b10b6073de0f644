#ifndef MAYFLY_CA_TOKEN_COMPACT_JWS_H_
#define MAYFLY_CA_TOKEN_COMPACT_JWS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ca/token/algorithm.h"

namespace mayfly::token {

inline constexpr size_t kMaxTokenSize = 16 << 10;  // Entra's largest have 200 groups: 9 KiB.
inline constexpr size_t kMaxKidSize = 256;

// A signed token in its compact form (RFC 7515 section 7.1), read but not verified: nothing in it
// is to be believed yet.
struct CompactJws {
  Algorithm algorithm = Algorithm::kRs256;
  std::string kid;            // As the token says; may be empty.
  std::string signing_input;  // What was signed: both encoded parts and the dot.
  Bytes signature;
  std::string payload;  // Decoded; some bytes.

  // kInvalidArgument with why: not three parts of base64url, a header that is not strict JSON, an
  // algorithm that is not taken ("none", a shared secret), `crit`, and headers that bring a key or
  // say where to fetch one (jwk, jku, x5u, x5c): keys come from the issuer's own set alone.
  static absl::StatusOr<CompactJws> Parse(std::string_view token);
};

}  // namespace mayfly::token

#endif  // MAYFLY_CA_TOKEN_COMPACT_JWS_H_
