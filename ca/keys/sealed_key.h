// The format of a key file: docs/formats/key-file.md. Bytes only; key_file.h knows files.
#ifndef MAYFLY_CA_KEYS_SEALED_KEY_H_
#define MAYFLY_CA_KEYS_SEALED_KEY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "ca/keys/key_file.h"
#include "ssh/private_key.h"

namespace mayfly::keys {

// What Argon2id is asked for. A reader caps it, because it is read before anything is
// authenticated.
struct Argon2Cost {
  uint32_t passes = 0;
  uint32_t memory_kib = 0;
  friend bool operator==(const Argon2Cost&, const Argon2Cost&) = default;
};
Argon2Cost CostOf(KeyFileCost cost);

// Above what any machine of today is asked for, below what would hurt it: a damaged or planted file
// must not make the daemon allocate by its numbers.
inline constexpr uint32_t kMaxArgon2Passes = 16;
inline constexpr uint32_t kMaxArgon2MemoryKib = 1 << 20;  // 1 GiB.
// An RSA-16384 private section, twice the public key and the armor stay well below.
inline constexpr size_t kMaxKeyFileSize = 64 * 1024;

// A key file, parsed and still closed.
struct SealedKey {
  KeyFileHeader header;
  Argon2Cost cost;
  Bytes salt;
  Bytes nonce;
  Bytes ciphertext;  // With its tag.

  // kInvalidArgument: not a key file, damaged, of a later version, or of a cost beyond the caps.
  // What parses encodes to the same text.
  static absl::StatusOr<SealedKey> Parse(std::string_view text);
  std::string Encode() const;
  // All before the ciphertext, which the cipher authenticates.
  Bytes AssociatedData() const;
};

// Argon2id of `passphrase`: the key that opens one file. Slow by intent.
//   kResourceExhausted  this process cannot have that much memory
absl::StatusOr<SecretBytes> DeriveWrappingKey(const SealedKey& sealed,
                                              const SecretBytes& passphrase);

absl::StatusOr<SealedKey> Seal(const KeyFileHeader& header, const ssh::PrivateKey& key,
                               const SecretBytes& passphrase, Argon2Cost cost, Random& random);
//   kUnauthenticated  wrong key, or any bit of the file was altered
//   kInvalidArgument  opens, and holds something else than the header's key
absl::StatusOr<ssh::PrivateKey> Open(const SealedKey& sealed, const SecretBytes& wrapping_key);

}  // namespace mayfly::keys

#endif  // MAYFLY_CA_KEYS_SEALED_KEY_H_
