// The private section of PROTOCOL.key, "string type, public parts, private parts", per algorithm:
// made, read with its pair checked, and signed with. Secrets leave SecretBytes only into OpenSSL's
// objects, for the length of one call.
#ifndef MAYFLY_SSH_PRIVATE_SECTION_H_
#define MAYFLY_SSH_PRIVATE_SECTION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"
#include "ssh/wire.h"

namespace mayfly::ssh {

// Bounds every private section: RSA-16384 needs about 9.3 KiB.
inline constexpr size_t kMaxPrivateSection = 16 << 10;

// PrivateKey::Generate, as the section of the new key.
absl::StatusOr<SecretBytes> GenerateSection(KeyType type, Random& random, int rsa_bits);
absl::StatusOr<SecretBytes> Ed25519Section(const SecretBytes& seed);

// Reads one section from `reader`, which may go on behind it, and returns its public key once it is
// certain that the private part belongs to it. kInvalidArgument.
absl::StatusOr<PublicKey> ReadSection(Reader& reader);

// `section` was accepted by ReadSection.
absl::StatusOr<Signature> SignWithSection(BytesView section, KeyType type, BytesView message);
// An RSA section, by rsa-sha2-256.
absl::StatusOr<Signature> SignRsaSha256WithSection(BytesView section, BytesView message);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_PRIVATE_SECTION_H_
