// bcrypt-pbkdf, by which ssh-keygen encrypts keys. Apart, for it needs a library that nothing else
// of Mayfly needs: mayfly and mayfly-import-key link it, mayflyd does not.
#ifndef MAYFLY_SSH_BCRYPT_PBKDF_H_
#define MAYFLY_SSH_BCRYPT_PBKDF_H_

#include "ssh/private_key.h"

namespace mayfly::ssh {

BcryptPbkdf MakeBcryptPbkdf();

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_BCRYPT_PBKDF_H_
