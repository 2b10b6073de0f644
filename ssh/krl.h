// Key revocation lists (OpenSSH's PROTOCOL.krl, format 1).
//
// An sshd that cannot load its RevokedKeys refuses every key, so nothing is written that its parser
// would not take: no serial 0, no signature section, never an empty file.
#ifndef MAYFLY_SSH_KRL_H_
#define MAYFLY_SSH_KRL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/public_key.h"

namespace mayfly::ssh {

// Hosts read lists whole, several times a login; a larger one is a mistake.
inline constexpr size_t kMaxKrlSize = 16 << 20;

struct Krl {
  uint64_t version = 0;  // Grows with each list given out.
  uint64_t generated_unix_s = 0;
  std::string comment;
  std::vector<std::string> key_ids;  // Revoked for any CA; sorted, unique.
  std::vector<PublicKey> keys;       // Plain keys; a CA's key revokes all it signed.

  // Sorts, and drops repetitions. A NUL in `comment` or a key ID would make sshd refuse the list,
  // and so does Parse: read back what you publish.
  Bytes Encode() const;
  // Reads what Encode writes (other sections are refused by name): the second reader that looks at
  // a list before it is published or installed. What parses encodes to the same bytes. At most
  // kMaxKrlSize bytes. kInvalidArgument.
  static absl::StatusOr<Krl> Parse(BytesView blob);
  friend bool operator==(const Krl&, const Krl&) = default;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_KRL_H_
