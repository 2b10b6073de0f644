#include "tests/ssh/bcrypt_pbkdf.h"

#include <botan/pwdhash.h>

#include <span>

namespace mayfly::ssh {

absl::StatusOr<SecretBytes> BotanBcryptPbkdf(const SecretBytes& passphrase, BytesView salt,
                                             uint32_t rounds, size_t size) {
  const auto hash =
      Botan::PasswordHashFamily::create_or_throw("Bcrypt-PBKDF")->from_iterations(rounds);
  SecretBytes key(size);
  key.Fill([&](std::span<uint8_t> out) {
    passphrase.Expose([&](BytesView text) {
      hash->derive_key(out.data(), out.size(), reinterpret_cast<const char*>(text.data()),
                       text.size(), salt.data(), salt.size());
    });
  });
  return key;
}

}  // namespace mayfly::ssh
