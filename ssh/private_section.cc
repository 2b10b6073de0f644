#include "ssh/private_section.h"

#include <fmt/format.h>
#include <sodium.h>

#include <span>
#include <string>

#include "base/status.h"
#include "base/text.h"
#include "ssh/private_algorithms.h"
#include "ssh/secret_writer.h"

namespace mayfly::ssh {
namespace {

absl::Status StaysInToken(KeyType type) {
  if (type == KeyType::kMldsa44Ed25519) {
    return InvalidArgument(
        fmt::format("a private {} key cannot be used here: use it through the ssh-agent of OpenSSH "
                    "10.4 or newer",
                    KeyTypeName(type)));
  }
  return InvalidArgument(
      fmt::format("a {} key stays in its token: use it through ssh-agent", KeyTypeName(type)));
}

}  // namespace

absl::StatusOr<SecretBytes> Ed25519Section(const SecretBytes& seed) {
  if (seed.size() != crypto_sign_SEEDBYTES) {
    return InvalidArgument(fmt::format("an ed25519 seed has {} bytes, this has {}",
                                       crypto_sign_SEEDBYTES, seed.size()));
  }
  SecretBytes secret(crypto_sign_SECRETKEYBYTES);
  Bytes point(crypto_sign_PUBLICKEYBYTES);
  secret.Fill([&](std::span<uint8_t> bytes) {
    seed.Expose([&](BytesView seed_bytes) {
      crypto_sign_seed_keypair(point.data(), bytes.data(), seed_bytes.data());
    });
  });
  SecretWriter writer(kMaxPrivateSection);
  writer.String(KeyTypeName(KeyType::kEd25519)).String(point);
  secret.Expose([&](BytesView bytes) { writer.String(bytes); });
  return writer.Take();
}

absl::StatusOr<SecretBytes> GenerateSection(KeyType type, Random& random, int rsa_bits) {
  switch (type) {
    case KeyType::kEd25519: {
      SecretBytes seed(crypto_sign_SEEDBYTES);
      seed.Fill([&](std::span<uint8_t> bytes) { random.Fill(bytes); });
      return Ed25519Section(seed);
    }
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
      return GenerateEcdsa(type, random);
    case KeyType::kRsa:
      return GenerateRsa(rsa_bits);
    case KeyType::kSkEd25519:
    case KeyType::kSkEcdsaP256:
    case KeyType::kMldsa44Ed25519:
      break;
  }
  return StaysInToken(type);
}

absl::StatusOr<PublicKey> ReadSection(Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string name, Annotate(reader.ReadText(), "key type"));
  for (const KeyType type : AllKeyTypes()) {
    if (name != KeyTypeName(type)) continue;
    if (IsSecurityKey(type) || type == KeyType::kMldsa44Ed25519) return StaysInToken(type);
    if (type == KeyType::kEd25519) return Annotate(ReadEd25519(reader), "private key");
    if (type == KeyType::kRsa) return Annotate(ReadRsa(reader), "private key");
    return Annotate(ReadEcdsa(type, reader), "private key");
  }
  return InvalidArgument(fmt::format("private key: the type \"{}\" is not supported",
                                     EscapeForTerminal(name.substr(0, 64))));
}

absl::StatusOr<Signature> SignWithSection(BytesView section, KeyType type, BytesView message) {
  Reader reader(section);
  MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());
  Signature signature;
  signature.algorithm = type == KeyType::kRsa ? "rsa-sha2-512" : std::string(KeyTypeName(type));
  if (type == KeyType::kEd25519) {
    MAYFLY_ASSIGN_OR_RETURN(signature.bytes, SignEd25519(reader, message));
  } else if (type == KeyType::kRsa) {
    MAYFLY_ASSIGN_OR_RETURN(signature.bytes, SignRsa(reader, message));
  } else {
    MAYFLY_ASSIGN_OR_RETURN(signature.bytes, SignEcdsa(type, reader, message));
  }
  return signature;
}

absl::StatusOr<Signature> SignRsaSha256WithSection(BytesView section, BytesView message) {
  Reader reader(section);
  MAYFLY_RETURN_IF_ERROR(reader.ReadString().status());
  Signature signature;
  signature.algorithm = "rsa-sha2-256";
  MAYFLY_ASSIGN_OR_RETURN(signature.bytes, SignRsa(reader, message, /*sha256=*/true));
  return signature;
}

}  // namespace mayfly::ssh
