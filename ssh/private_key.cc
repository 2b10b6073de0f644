#include "ssh/private_key.h"

#include <utility>

#include "base/status.h"
#include "ssh/private_section.h"
#include "ssh/wire.h"

namespace mayfly::ssh {

// The section holds all of the key; what OpenSSL wants is made from it for each signature, so that
// the secret rests in guarded memory only.
struct PrivateKey::Rep {
  PublicKey public_key;
  SecretBytes section;
};

PrivateKey::PrivateKey(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

absl::StatusOr<PrivateKey> PrivateKey::Generate(KeyType type, Random& random, int rsa_bits) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes section, GenerateSection(type, random, rsa_bits));
  return ParsePrivateSection(section);
}

absl::StatusOr<PrivateKey> PrivateKey::Ed25519FromSeed(const SecretBytes& seed) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes section, Ed25519Section(seed));
  return ParsePrivateSection(section);
}

absl::StatusOr<PrivateKey> PrivateKey::ParsePrivateSection(const SecretBytes& section) {
  return section.Expose([&](BytesView bytes) -> absl::StatusOr<PrivateKey> {
    Reader reader(bytes);
    MAYFLY_ASSIGN_OR_RETURN(PublicKey public_key, ReadSection(reader));
    MAYFLY_RETURN_IF_ERROR(Annotate(reader.ExpectEnd(), "private key"));
    return PrivateKey(
        std::unique_ptr<Rep>(new Rep{std::move(public_key), SecretBytes::CopyOf(bytes)}));
  });
}

const SecretBytes& PrivateKey::private_section() const { return rep_->section; }
const PublicKey& PrivateKey::public_key() const { return rep_->public_key; }

absl::StatusOr<Signature> PrivateKey::Sign(BytesView message) const {
  return rep_->section.Expose([&](BytesView section) {
    return SignWithSection(section, rep_->public_key.type(), message);
  });
}

absl::StatusOr<Signature> PrivateKey::SignRsaSha256(BytesView message) const {
  if (rep_->public_key.type() != KeyType::kRsa) {
    return InvalidArgument("only an RSA key signs by rsa-sha2-256");
  }
  return rep_->section.Expose(
      [&](BytesView section) { return SignRsaSha256WithSection(section, message); });
}

SignFunction PrivateKey::signer() const {
  return [this](BytesView message) { return Sign(message); };
}

}  // namespace mayfly::ssh
