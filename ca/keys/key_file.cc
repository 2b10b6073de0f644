#include "ca/keys/key_file.h"

#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "ca/keys/sealed_key.h"

namespace mayfly::keys {
namespace {

absl::StatusOr<SealedKey> ReadSealedKey(const std::string& path) {
  // Encrypted, and still read as a secret: whoever has the file may try passphrases for ever.
  absl::StatusOr<SecretBytes> text = ReadSecretFile(path, kMaxKeyFileSize);
  if (absl::IsResourceExhausted(text.status())) {
    return InvalidArgument(Message(text.status()) + ", so it is not a key file");
  }
  if (!text.ok()) return text.status();
  return Annotate(text->Expose([](BytesView bytes) { return SealedKey::Parse(AsText(bytes)); }),
                  path);
}

}  // namespace

absl::StatusOr<std::string> SealKeyFile(const KeyFileHeader& header, const ssh::PrivateKey& key,
                                        const SecretBytes& passphrase, KeyFileCost cost,
                                        Random& random) {
  MAYFLY_ASSIGN_OR_RETURN(const SealedKey sealed,
                          Seal(header, key, passphrase, CostOf(cost), random));
  return sealed.Encode();
}

absl::StatusOr<OpenedKey> OpenKeyFile(const std::string& path, const SecretBytes& passphrase) {
  MAYFLY_ASSIGN_OR_RETURN(SealedKey sealed, ReadSealedKey(path));
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes wrapping_key,
                          Annotate(DeriveWrappingKey(sealed, passphrase), path));
  MAYFLY_ASSIGN_OR_RETURN(ssh::PrivateKey key, Annotate(Open(sealed, wrapping_key), path));
  return OpenedKey{std::move(sealed.header), std::move(key)};
}

absl::StatusOr<KeyFileHeader> ReadKeyFileHeader(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(SealedKey sealed, ReadSealedKey(path));
  return std::move(sealed.header);
}

}  // namespace mayfly::keys
