// The inside of an openssh-key-v1 file, and its encryption (OpenSSH's PROTOCOL.key).
#ifndef MAYFLY_SSH_PRIVATE_KEY_CONTAINER_H_
#define MAYFLY_SSH_PRIVATE_KEY_CONTAINER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/secret_bytes.h"
#include "ssh/private_key.h"

namespace mayfly::ssh {

// A file without its armor: views into it.
struct KeyContainer {
  BytesView cipher, kdf, kdf_options, public_blob, section, tag;
};

// Whether DecryptSection knows the cipher and how much work the kdf asks for; before a passphrase
// is asked for in vain.
absl::Status CheckEncryption(const KeyContainer& container);
// The block up to whose end the section was padded; the container passed CheckEncryption.
size_t BlockOf(const KeyContainer& container);

// The private section in clear. kInvalidArgument as CheckEncryption, kUnauthenticated when the
// passphrase is wrong, as far as the cipher tells: see the check numbers for the others.
absl::StatusOr<SecretBytes> DecryptSection(const KeyContainer& container,
                                           const SecretBytes& passphrase, const BcryptPbkdf& kdf);

absl::Status WrongPassphrase();

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_PRIVATE_KEY_CONTAINER_H_
