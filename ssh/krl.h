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

struct Krl {
  uint64_t version = 0;           // Grows with each list given out.
  uint64_t generated_unix_s = 0;
  std::string comment;
  std::vector<std::string> key_ids;      // Revoked for any CA; sorted, unique.
  std::vector<PublicKey> keys;           // Plain keys; a CA's key revokes all it signed.

  Bytes Encode() const;
  // Reads what Encode writes (other sections are refused by name): the second reader that looks at a
  // list before it is published or installed. kInvalidArgument.
  static absl::StatusOr<Krl> Parse(BytesView blob);
  friend bool operator==(const Krl&, const Krl&) = default;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_KRL_H_
