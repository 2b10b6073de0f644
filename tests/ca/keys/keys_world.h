// Vocabulary of the tests of keys: keys of every type, a passphrase, and sealing that costs
// nothing.
#ifndef MAYFLY_TESTS_CA_KEYS_KEYS_WORLD_H_
#define MAYFLY_TESTS_CA_KEYS_KEYS_WORLD_H_

#include <string>
#include <string_view>
#include <vector>

#include "ca/keys/sealed_key.h"
#include "ssh/private_key.h"

namespace mayfly::keys {

inline constexpr std::string_view kPassphrase = "correct horse battery";
inline constexpr Argon2Cost kCheap = {1, 8};  // The least that libsodium takes.

inline SecretBytes Secret(std::string_view text) { return SecretBytes::CopyOf(AsBytes(text)); }

// The types that a CA key may have.
std::vector<ssh::KeyType> CaKeyTypes();
// The same key for the same arguments, within a run; RSA has 3072 bits.
ssh::PrivateKey KeyOf(ssh::KeyType type, int which = 1);
ssh::PrivateKey WeakRsaKey();  // 2048 bits.

KeyFileHeader HeaderOf(const ssh::PrivateKey& key, std::string_view role);
SealedKey SealCheaply(const ssh::PrivateKey& key, std::string_view role);
// Writes a key file that opens with kPassphrase, mode 0600.
void WriteKeyFile(const std::string& path, const ssh::PrivateKey& key, std::string_view role);

}  // namespace mayfly::keys

#endif  // MAYFLY_TESTS_CA_KEYS_KEYS_WORLD_H_
