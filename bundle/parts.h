// The contents of the bundle's simple parts: CA keys and TLS pins.
#ifndef MAYFLY_BUNDLE_PARTS_H_
#define MAYFLY_BUNDLE_PARTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/public_key.h"

namespace mayfly::bundle {

inline constexpr size_t kMaxCaKeys = 64;
inline constexpr size_t kMaxTlsPins = 64;

// user-cas and host-cas: "ssh-ed25519 AAAA…" and a line feed for each key, so that the user CAs can
// be sshd's TrustedUserCAKeys as they are.
Bytes EncodeCaKeys(const std::vector<ssh::PublicKey>& keys);
// At least one key, none twice. kInvalidArgument names the line.
absl::StatusOr<std::vector<ssh::PublicKey>> ParseCaKeys(BytesView contents);

// tls-pins.
Bytes EncodeTlsPins(const std::vector<std::string>& pins);
// At least one pin, each "sha256:" and the base64 of 32 bytes. kInvalidArgument.
absl::StatusOr<std::vector<std::string>> ParseTlsPins(BytesView contents);

}  // namespace mayfly::bundle

#endif  // MAYFLY_BUNDLE_PARTS_H_
