#include <sodium.h>

#include <span>

#include "base/status.h"
#include "ssh/private_algorithms.h"

namespace mayfly::ssh {

absl::StatusOr<PublicKey> ReadEd25519(Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView point, reader.ReadString());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView secret, reader.ReadString());
  if (point.size() != crypto_sign_PUBLICKEYBYTES || secret.size() != crypto_sign_SECRETKEYBYTES) {
    return InvalidArgument("an ed25519 key has 32 public and 64 private bytes");
  }
  SecretBytes derived(crypto_sign_SECRETKEYBYTES);
  Bytes derived_point(crypto_sign_PUBLICKEYBYTES);
  const bool same = derived.Fill([&](std::span<uint8_t> bytes) {
    crypto_sign_seed_keypair(derived_point.data(), bytes.data(), secret.data());
    return sodium_memcmp(bytes.data(), secret.data(), bytes.size()) == 0;
  });
  if (!same || !Equal(derived_point, point)) return DoesNotBelong();
  return PublicKey::Ed25519(point);
}

absl::StatusOr<Bytes> SignEd25519(Reader& reader, BytesView message) {
  MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());
  MAYFLY_ASSIGN_OR_RETURN(const BytesView secret, reader.ReadString());
  MAYFLY_CHECK(secret.size() == crypto_sign_SECRETKEYBYTES);
  Bytes signature(crypto_sign_BYTES);
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret.data());
  return signature;
}

}  // namespace mayfly::ssh
