// Weak RSA moduli, as far as a modulus alone shows it.
#ifndef MAYFLY_SSH_RSA_MODULUS_H_
#define MAYFLY_SSH_RSA_MODULUS_H_

#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace mayfly::ssh {

// What is wrong with `modulus` (big-endian, of any usual size), or nothing: even, a factor below
// 2^16, a square, two primes close together, made by a faulty Infineon chip, or a prime. Takes 6 ms
// for 3072 bits. Weaknesses that only a list of known keys shows are not found.
std::optional<std::string_view> WeaknessOfModulus(BytesView modulus);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_RSA_MODULUS_H_
