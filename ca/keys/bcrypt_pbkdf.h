// bcrypt-pbkdf, by which ssh-keygen encrypts keys. Apart, for it needs a library that nothing else
// of Mayfly needs: only mayfly-import-key links it.
#ifndef MAYFLY_CA_KEYS_BCRYPT_PBKDF_H_
#define MAYFLY_CA_KEYS_BCRYPT_PBKDF_H_

#include "ssh/private_key.h"

namespace mayfly::keys {

ssh::BcryptPbkdf MakeBcryptPbkdf();

}  // namespace mayfly::keys

#endif  // MAYFLY_CA_KEYS_BCRYPT_PBKDF_H_
