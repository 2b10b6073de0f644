// Key revocation lists (OpenSSH's PROTOCOL.krl, format 1): what a list revokes, and its smallest
// encoding. How the bytes of a list are laid out is krl_document.h's, who is revoked krl_index.h's.
// docs/formats/krl.md.
//
// An sshd that cannot load its RevokedKeys refuses every key, so nothing is written that its parser
// would not take: no serial 0, no bitmap above 16,384 bits, no signature section, never an empty
// file.
#ifndef MAYFLY_SSH_KRL_H_
#define MAYFLY_SSH_KRL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/krl_document.h"
#include "ssh/public_key.h"
#include "ssh/serial_set.h"
#include "ssh/sha1.h"

namespace mayfly::ssh {

// What is revoked of one CA's certificates.
struct CaRevocations {
  PublicKey ca;
  SerialSet serials;
  std::vector<std::string> key_ids;
  std::vector<KrlExtension> extensions;  // Not critical, not understood, kept.
  friend bool operator==(const CaRevocations&, const CaRevocations&) = default;
};

struct Krl {
  uint64_t version = 0;  // Grows with each list given out.
  uint64_t generated_unix_s = 0;
  std::string comment;
  std::vector<std::string> key_ids;  // Revoked for any CA.
  std::vector<PublicKey> keys;       // Plain keys; a CA's key revokes all it signed.
  SerialSet serials = {};            // Revoked for any CA: of each CA that ever used them.
  std::vector<CaRevocations> cas = {};
  std::vector<Sha1Digest> sha1s = {};         // Of plain keys' blobs, as are
  std::vector<Sha256Digest> sha256s = {};     // these.
  std::vector<Bytes> other_keys = {};         // Blobs of types unknown here, such as ssh-dss.
  std::vector<KrlExtension> extensions = {};  // Not critical, not understood, kept:
  std::vector<KrlExtension> any_ca_extensions = {};  // those of the list, and of any CA's section.

  // What is revoked for `ca`, added when it is new.
  CaRevocations& ForCa(const PublicKey& ca);
  // Adds all that `other` revokes; version, date and comment stay.
  void Merge(const Krl& other);
  // Sorts, drops repetitions and what revokes nothing, joins entries of one CA.
  void Normalize();

  // Normalized, serials in the fewest bytes. A NUL in `comment` or a key ID would make sshd refuse
  // the list, and so does Parse, as it does one above kMaxKrlSize: read back what you publish.
  Bytes Encode() const;
  KrlDocument ToDocument() const;

  // Reads a list whoever wrote it, and refuses what KrlDocument::Parse refuses: the second reader
  // that looks at a list before it is published or installed. The result is normalized, and
  // Encode's own bytes encode to the same bytes again. kInvalidArgument.
  static absl::StatusOr<Krl> Parse(BytesView blob);
  static Krl Of(const KrlDocument& document);
  friend bool operator==(const Krl&, const Krl&) = default;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_KRL_H_
