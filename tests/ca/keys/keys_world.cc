#include "tests/ca/keys/keys_world.h"

#include <map>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "tests/testing/fake_random.h"

namespace mayfly::keys {
namespace {

// Kept as their private sections: keys are move-only, and RSA keys take long to make.
ssh::PrivateKey Generated(ssh::KeyType type, int which, int rsa_bits) {
  static auto& sections = *new std::map<std::pair<std::pair<ssh::KeyType, int>, int>, SecretBytes>;
  SecretBytes& section = sections[{{type, which}, rsa_bits}];
  if (section.empty()) {
    FakeRandom random(static_cast<uint64_t>(which));
    auto key = ssh::PrivateKey::Generate(type, random, rsa_bits);
    MAYFLY_CHECK(key.ok());
    section = key->private_section().Clone();
  }
  auto key = ssh::PrivateKey::ParsePrivateSection(section);
  MAYFLY_CHECK(key.ok());
  return *std::move(key);
}

}  // namespace

std::vector<ssh::KeyType> CaKeyTypes() {
  return {ssh::KeyType::kEd25519, ssh::KeyType::kEcdsaP256, ssh::KeyType::kEcdsaP384,
          ssh::KeyType::kEcdsaP521, ssh::KeyType::kRsa};
}

ssh::PrivateKey KeyOf(ssh::KeyType type, int which) { return Generated(type, which, 3072); }
ssh::PrivateKey WeakRsaKey() { return Generated(ssh::KeyType::kRsa, 1, 2048); }

KeyFileHeader HeaderOf(const ssh::PrivateKey& key, std::string_view role) {
  return KeyFileHeader{std::string(role), KeyOrigin::kMade, 1772442000, key.public_key()};
}

SealedKey SealCheaply(const ssh::PrivateKey& key, std::string_view role) {
  FakeRandom random;
  auto sealed = Seal(HeaderOf(key, role), key, Secret(kPassphrase), kCheap, random);
  MAYFLY_CHECK(sealed.ok());
  return *std::move(sealed);
}

void WriteKeyFile(const std::string& path, const ssh::PrivateKey& key, std::string_view role) {
  MAYFLY_CHECK(WriteFileAtomically(path, SealCheaply(key, role).Encode(), 0600).ok());
}

}  // namespace mayfly::keys
