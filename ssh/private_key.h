// Private keys in memory, and their files: openssh-key-v1 (OpenSSH's PROTOCOL.key), PKCS#8 and PEM.
#ifndef MAYFLY_SSH_PRIVATE_KEY_H_
#define MAYFLY_SSH_PRIVATE_KEY_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::ssh {

// Derives `size` bytes from a passphrase by bcrypt-pbkdf (PROTOCOL.key). Injected, because the
// library that has it is linked by mayfly and the import program only.
using BcryptPbkdf = std::function<absl::StatusOr<SecretBytes>(
    const SecretBytes& passphrase, BytesView salt, uint32_t rounds, size_t size)>;

// One private key: ed25519, ECDSA or RSA (an sk-* key stays in its token). Move-only; its secret
// parts live in SecretBytes. Thread-safe for const use.
class PrivateKey {
 public:
  // `rsa_bits` matters for RSA only. RSA takes up to a second. Not for sk-* types
  // (kInvalidArgument).
  static absl::StatusOr<PrivateKey> Generate(KeyType type, Random& random, int rsa_bits = 3072);
  // An ed25519 key from its 32-byte seed (RFC 8032): how a join token is one.
  static absl::StatusOr<PrivateKey> Ed25519FromSeed(const SecretBytes& seed);

  // Reads an openssh-key-v1 file ("-----BEGIN OPENSSH PRIVATE KEY-----") or one of the forms of
  // private_key_pem.h, which have no comment. The pair is checked: the private part must belong to
  // the public part.
  //   kInvalidArgument     malformed, or in a format that is not read (names `ssh-keygen -p`)
  //   kFailedPrecondition  encrypted, and `passphrase` or (for openssh-key-v1) `kdf` is missing
  //   kUnauthenticated     the passphrase is wrong
  static absl::StatusOr<PrivateKey> ParseFile(const SecretBytes& text,
                                              const SecretBytes* passphrase = nullptr,
                                              const BcryptPbkdf& kdf = nullptr,
                                              std::string* comment = nullptr);
  // The unencrypted file text, for `--out`; write it with mode 0600.
  SecretBytes SerializeFile(std::string_view comment, Random& random) const;

  // The private section of PROTOCOL.key ("string type, public parts, private parts", no padding, no
  // comment): what ssh-agent takes and what a CA key file holds.
  static absl::StatusOr<PrivateKey> ParsePrivateSection(const SecretBytes& section);
  const SecretBytes& private_section() const;

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  const PublicKey& public_key() const;
  // RSA signs with rsa-sha2-512. Ed25519 and RSA are deterministic. Not verified here: Signer does
  // it.
  absl::StatusOr<Signature> Sign(BytesView message) const;
  // By rsa-sha2-256, where somebody asks for it. kInvalidArgument when the key is not RSA.
  absl::StatusOr<Signature> SignRsaSha256(BytesView message) const;
  SignFunction signer() const;  // Sign, bound to this object, which must outlive it.

 private:
  struct Rep;
  explicit PrivateKey(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_PRIVATE_KEY_H_
