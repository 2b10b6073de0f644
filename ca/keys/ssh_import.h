// Adopts a CA key that ssh-keygen made.
#ifndef MAYFLY_CA_KEYS_SSH_IMPORT_H_
#define MAYFLY_CA_KEYS_SSH_IMPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "ca/keys/key_file.h"
#include "ca/keys/passphrase.h"
#include "ssh/private_key.h"

namespace mayfly::keys {

struct ImportRequest {
  std::string role;  // "user-ca" or "host-ca".
  std::string in;    // The openssh-key-v1 file.
  PassphraseSource in_passphrase;
  std::string out;  // Our key file, which must not exist.
  PassphraseSource out_passphrase;
  KeyFileCost cost = KeyFileCost::kModerate;
};

// Writes `request.in` as the key file `request.out`, marked as adopted `now`. Reads a passphrase
// only when it is needed. The original stays where it is.
//   kFailedPrecondition  others can read `in`, or the key is too weak for a CA (says why)
//   kAlreadyExists       `out` exists
//   kInvalidArgument     `in` is no private key that can be read (says what to run)
//   kUnauthenticated     wrong passphrase
//   and as ReadPassphrase and WriteFile
absl::StatusOr<KeyFileHeader> ImportSshKey(const ImportRequest& request,
                                           const ssh::BcryptPbkdf& kdf, absl::Time now,
                                           Random& random);

}  // namespace mayfly::keys

#endif  // MAYFLY_CA_KEYS_SSH_IMPORT_H_
