// A CA key in an encrypted file: Argon2id and XChaCha20-Poly1305 (libsodium). Format:
// docs/formats/key-file.md.
#ifndef MAYFLY_CA_KEYS_KEY_FILE_H_
#define MAYFLY_CA_KEYS_KEY_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "ca/keys/signer.h"
#include "ssh/private_key.h"

namespace mayfly::keys {

// What Argon2id costs. Moderate takes 256 MiB and about 0.6 s; interactive is for tests and demos
// that open many files (64 MiB, 0.1 s). The file says which it was made with; a reader caps both.
enum class KeyFileCost { kInteractive, kModerate };

// Whether a key was made by Mayfly or adopted from elsewhere: what was signed before an adoption is
// not in our ledger.
enum class KeyOrigin { kMade, kAdopted };

struct KeyFileHeader {  // Readable without the passphrase, and authenticated with it.
  std::string role;     // "trust", "user-ca", "host-ca", "recovery", "tls"
  KeyOrigin origin = KeyOrigin::kMade;
  int64_t since_unix_s = 0;  // Made or adopted then.
  ssh::PublicKey public_key;
};

struct OpenedKey {
  KeyFileHeader header;
  ssh::PrivateKey key;
};

// The file's bytes; write them with mode 0600.
absl::StatusOr<std::string> SealKeyFile(const KeyFileHeader& header, const ssh::PrivateKey& key,
                                        const SecretBytes& passphrase, KeyFileCost cost,
                                        Random& random);
// Reads and opens `path`.
//   kNotFound, kPermissionDenied
//   kFailedPrecondition  others can read the file (names the chmod)
//   kInvalidArgument     not a key file, damaged, or of a later version
//   kUnauthenticated     wrong passphrase, or the file was altered
absl::StatusOr<OpenedKey> OpenKeyFile(const std::string& path, const SecretBytes& passphrase);
// The header without the passphrase: unauthenticated, for listings.
absl::StatusOr<KeyFileHeader> ReadKeyFileHeader(const std::string& path);

// A Signer over a key in memory; verifies each signature before it returns it.
std::unique_ptr<Signer> MakeMemorySigner(ssh::PrivateKey key);

}  // namespace mayfly::keys

#endif  // MAYFLY_CA_KEYS_KEY_FILE_H_
