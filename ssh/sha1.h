// SHA-1, for the one place where OpenSSH still writes it: fingerprints in revocation lists. What it
// proves there is only that somebody meant a key; nothing is trusted because of it.
#ifndef MAYFLY_SSH_SHA1_H_
#define MAYFLY_SSH_SHA1_H_

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace mayfly::ssh {

using Sha1Digest = std::array<uint8_t, 20>;
Sha1Digest Sha1(BytesView bytes);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_SHA1_H_
