// Private keys in the forms that OpenSSL reads: PKCS#8, encrypted or not, and the older PEM of one
// algorithm ("RSA PRIVATE KEY", "EC PRIVATE KEY").
#ifndef MAYFLY_SSH_PRIVATE_KEY_PEM_H_
#define MAYFLY_SSH_PRIVATE_KEY_PEM_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "ssh/private_key.h"

namespace mayfly::ssh {

bool IsPem(std::string_view text);  // One of those forms, by its first line.

// RSA, ECDSA on a NIST curve, or Ed25519. OpenSSL's copies of the secret live in its own memory,
// not in locked pages, until they are wiped before this returns.
//   kInvalidArgument     malformed, or of another algorithm
//   kFailedPrecondition  encrypted, and `passphrase` is null
//   kUnauthenticated     the passphrase is wrong
absl::StatusOr<PrivateKey> ParsePem(const SecretBytes& text, const SecretBytes* passphrase);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_PRIVATE_KEY_PEM_H_
