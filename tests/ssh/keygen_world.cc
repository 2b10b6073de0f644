#include "tests/ssh/keygen_world.h"

#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "ssh/wire.h"
#include "tests/testing/process.h"

namespace mayfly::ssh {
namespace {

std::string ReadOrDie(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  MAYFLY_CHECK(text.ok());
  return *std::move(text);
}

// A security key has the parts of its plain kin and an application.
std::string SecurityKeyLine(KeyType type, std::string_view name) {
  const PublicKey plain =
      KeygenPublicKey(type == KeyType::kSkEd25519 ? KeyType::kEd25519 : KeyType::kEcdsaP256, name);
  Writer blob;
  blob.String(KeyTypeName(type));
  blob.Raw(plain.blob().subspan(4 + KeyTypeName(plain.type()).size())).String("ssh:");
  return fmt::format("{} {} sk", KeyTypeName(type), Base64Encode(blob.bytes()));
}

std::vector<std::string> KeygenType(KeyType type) {
  switch (type) {
    case KeyType::kEd25519:
      return {"-t", "ed25519"};
    case KeyType::kEcdsaP256:
      return {"-t", "ecdsa", "-b", "256"};
    case KeyType::kEcdsaP384:
      return {"-t", "ecdsa", "-b", "384"};
    case KeyType::kEcdsaP521:
      return {"-t", "ecdsa", "-b", "521"};
    case KeyType::kRsa:
      return {"-t", "rsa", "-b", "2048"};
    case KeyType::kSkEd25519:
    case KeyType::kSkEcdsaP256:
    case KeyType::kMldsa44Ed25519:
      break;
  }
  MAYFLY_CHECK(false);
}

}  // namespace

std::vector<KeyType> KeygenTypes() {
  std::vector<KeyType> types = AllKeyTypes();
  std::erase(types, KeyType::kMldsa44Ed25519);
  return types;
}

std::vector<KeyType> SoftwareKeyTypes() {
  std::vector<KeyType> types;
  for (const KeyType type : KeygenTypes()) {
    if (!IsSecurityKey(type)) types.push_back(type);
  }
  return types;
}

std::string TestPath(std::string_view name) {
  static const auto directory = TemporaryDirectory::Create("ssh-test");
  MAYFLY_CHECK(directory.ok());
  return JoinPath(directory->path(), name);
}

std::string Keygen(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"ssh-keygen"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const ProcessResult result = Run(argv);
  EXPECT_EQ(result.exit_code, 0) << fmt::format("{}", fmt::join(argv, " ")) << "\n" << result.err;
  return result.out;
}

std::string KeygenKey(KeyType type, std::string_view name) {
  const std::string path = TestPath(fmt::format("{}-{}", name, KeyTypeShortName(type)));
  if (FileExists(path + ".pub")) return path;
  if (IsSecurityKey(type)) {
    MAYFLY_CHECK(WriteFileAtomically(path + ".pub", SecurityKeyLine(type, name), 0644).ok());
    return path;
  }
  std::vector<std::string> arguments = KeygenType(type);
  arguments.insert(arguments.end(), {"-q", "-N", "", "-C", "test", "-f", path});
  Keygen(arguments);
  return path;
}

PublicKey KeygenPublicKey(KeyType type, std::string_view name) {
  absl::StatusOr<PublicKey> key = PublicKey::ParseLine(ReadOrDie(KeygenKey(type, name) + ".pub"));
  MAYFLY_CHECK(key.ok());
  return *std::move(key);
}

PrivateKey KeygenPrivateKey(KeyType type, std::string_view name) {
  const absl::StatusOr<SecretBytes> text = ReadSecretFile(KeygenKey(type, name));
  MAYFLY_CHECK(text.ok());
  absl::StatusOr<PrivateKey> key = PrivateKey::ParseFile(*text);
  MAYFLY_CHECK(key.ok());
  return *std::move(key);
}

std::string KeygenCertificate(KeyType ca, KeyType subject,
                              const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"-q", "-s", KeygenKey(ca, "ca")};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const std::string path = KeygenKey(subject, "subject");
  all.push_back(path + ".pub");
  Keygen(all);
  return ReadOrDie(path + "-cert.pub");
}

}  // namespace mayfly::ssh
