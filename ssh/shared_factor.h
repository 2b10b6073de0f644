// RSA keys that break each other: made with too little randomness, two moduli share a prime, and
// their greatest common divisor is it.
#ifndef MAYFLY_SSH_SHARED_FACTOR_H_
#define MAYFLY_SSH_SHARED_FACTOR_H_

#include <cstddef>
#include <vector>

#include "ssh/public_key.h"

namespace mayfly::ssh {

// The places in `keys` of RSA keys whose modulus has a factor in common with that of another,
// different modulus among them; in order. Other types are passed over. Grows with the square of
// their number: a thousand of 2048 bits take some seconds.
std::vector<size_t> KeysWithSharedFactor(const std::vector<PublicKey>& keys);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_SHARED_FACTOR_H_
