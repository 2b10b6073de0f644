// The algorithms behind private_section.h, one a file, and what they share.
#ifndef MAYFLY_SSH_PRIVATE_ALGORITHMS_H_
#define MAYFLY_SSH_PRIVATE_ALGORITHMS_H_

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "ssh/openssl.h"
#include "ssh/public_key.h"
#include "ssh/secret_writer.h"
#include "ssh/wire.h"

namespace mayfly::ssh {

// Every Read and Sign takes a reader that stands behind the section's type. A Read leaves it behind
// the section; a Sign is for sections that were accepted by Read.

// Ed25519: string public, string seed || public.
absl::StatusOr<PublicKey> ReadEd25519(Reader& reader);
absl::StatusOr<Bytes> SignEd25519(Reader& reader, BytesView message);

// ECDSA: string curve, string point, mpint d.
SecretBytes GenerateEcdsa(KeyType type, Random& random);
absl::StatusOr<PublicKey> ReadEcdsa(KeyType type, Reader& reader);
absl::StatusOr<Bytes> SignEcdsa(KeyType type, Reader& reader, BytesView message);

// RSA: mpint n, e, d, iqmp, p, q.
absl::StatusOr<SecretBytes> GenerateRsa(int bits);
absl::StatusOr<PublicKey> ReadRsa(Reader& reader);
absl::StatusOr<Bytes> SignRsa(Reader& reader, BytesView message, bool sha256 = false);

// Marked secret: OpenSSL wipes every copy that it makes of it and avoids branches on it.
BigNumber ToSecretNumber(BytesView magnitude);
BigNumber NewSecretNumber();
BigNumberContext NewSecretContext();
void WriteNumber(const BIGNUM* number, SecretWriter& writer);

absl::Status DoesNotBelong();
absl::StatusOr<Bytes> SignWithOpenSsl(EVP_PKEY* key, const EVP_MD* digest, BytesView message);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_PRIVATE_ALGORITHMS_H_
