// The bcrypt-pbkdf that tests inject: Botan's.
#ifndef MAYFLY_TESTS_SSH_BCRYPT_PBKDF_H_
#define MAYFLY_TESTS_SSH_BCRYPT_PBKDF_H_

#include "ssh/private_key.h"

namespace mayfly::ssh {

absl::StatusOr<SecretBytes> BotanBcryptPbkdf(const SecretBytes& passphrase, BytesView salt,
                                             uint32_t rounds, size_t size);

}  // namespace mayfly::ssh

#endif  // MAYFLY_TESTS_SSH_BCRYPT_PBKDF_H_
