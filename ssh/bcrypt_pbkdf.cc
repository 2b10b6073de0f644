#include "ssh/bcrypt_pbkdf.h"

#include <botan/pwdhash.h>

#include <exception>

#include "base/status.h"

namespace mayfly::ssh {
namespace {

// Botan speaks by exceptions; none passes this function.
absl::StatusOr<SecretBytes> Derive(const SecretBytes& passphrase, BytesView salt, uint32_t rounds,
                                   size_t size) {
  try {
    const auto family = Botan::PasswordHashFamily::create_or_throw("Bcrypt-PBKDF");
    const auto hash = family->from_iterations(rounds);
    SecretBytes key(size);
    key.Fill([&](std::span<uint8_t> out) {
      passphrase.Expose([&](BytesView bytes) {
        hash->derive_key(out.data(), out.size(), AsText(bytes).data(), bytes.size(), salt.data(),
                         salt.size());
      });
    });
    return key;
  } catch (const std::exception&) {
    return Internal("the library that derives keys by bcrypt-pbkdf refuses to");
  }
}

}  // namespace

BcryptPbkdf MakeBcryptPbkdf() { return Derive; }

}  // namespace mayfly::ssh
