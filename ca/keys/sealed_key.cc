#include "ca/keys/sealed_key.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "ssh/wire.h"

namespace mayfly::keys {
namespace {

constexpr std::string_view kBegin = "-----BEGIN MAYFLY KEY-----\n";
constexpr std::string_view kEnd = "-----END MAYFLY KEY-----\n";
constexpr size_t kColumns = 64;
constexpr std::string_view kMagic = "MAYFLYKEY";
constexpr uint32_t kVersion = 1;
constexpr std::string_view kKdf = "argon2id13";
constexpr std::string_view kCipher = "xchacha20-poly1305";
constexpr size_t kSaltSize = crypto_pwhash_argon2id_SALTBYTES;
constexpr size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kKeySize = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr uint32_t kMinArgon2MemoryKib = crypto_pwhash_argon2id_MEMLIMIT_MIN / 1024;
constexpr uint64_t kMaxUnixSeconds = 253402300799;  // The end of year 9999.
constexpr size_t kMaxRoleSize = 32;

absl::Status Damaged(std::string_view what) {
  return InvalidArgument(fmt::format("damaged key file: {}; restore it from a backup", what));
}

absl::Status CheckRole(std::string_view role) {
  const bool valid =
      !role.empty() && role.size() <= kMaxRoleSize &&
      std::ranges::all_of(role, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  if (valid) return absl::OkStatus();
  return InvalidArgument(fmt::format("'{}' is not a key's role; expected lower-case letters and -",
                                     EscapeForTerminal(role.substr(0, kMaxRoleSize))));
}

std::string Armor(BytesView bytes) {
  const std::string base64 = Base64Encode(bytes);
  std::string text(kBegin);
  for (size_t i = 0; i < base64.size(); i += kColumns) {
    text += base64.substr(i, kColumns);
    text += '\n';
  }
  text += kEnd;
  return text;
}

absl::StatusOr<Bytes> Unarmor(std::string_view text) {
  if (text.size() > kMaxKeyFileSize) {
    return InvalidArgument(fmt::format("not a key file: larger than {} bytes", kMaxKeyFileSize));
  }
  if (!text.starts_with(kBegin)) {
    return InvalidArgument("not a key file: expected -----BEGIN MAYFLY KEY----- in its first line");
  }
  if (text.size() < kBegin.size() + kEnd.size() || !text.ends_with(kEnd)) {
    return Damaged("it does not end with -----END MAYFLY KEY----- and a line end");
  }
  text.remove_prefix(kBegin.size());
  text.remove_suffix(kEnd.size());
  std::string base64;
  std::ranges::copy_if(text, std::back_inserter(base64), [](char c) { return c != '\n'; });
  absl::StatusOr<Bytes> bytes = Base64Decode(base64);
  if (!bytes.ok()) return Damaged("its lines are not base64");
  return bytes;
}

absl::Status ExpectName(ssh::Reader& reader, std::string_view what, std::string_view expected) {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView name, reader.ReadString());
  if (AsText(name) == expected) return absl::OkStatus();
  return InvalidArgument(fmt::format("{} '{}' is unknown; expected {}", what,
                                     EscapeForTerminal(AsText(name).substr(0, kMaxRoleSize)),
                                     expected));
}

absl::StatusOr<KeyOrigin> ReadOrigin(ssh::Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(const uint8_t origin, reader.ReadByte());
  if (origin == 1) return KeyOrigin::kMade;
  if (origin == 2) return KeyOrigin::kAdopted;
  return InvalidArgument(fmt::format("origin {} is unknown; expected 1 or 2", origin));
}

absl::StatusOr<Argon2Cost> ReadCost(ssh::Reader& reader) {
  Argon2Cost cost;
  MAYFLY_ASSIGN_OR_RETURN(cost.passes, reader.ReadUint32());
  MAYFLY_ASSIGN_OR_RETURN(cost.memory_kib, reader.ReadUint32());
  if (cost.passes < 1 || cost.passes > kMaxArgon2Passes || cost.memory_kib < kMinArgon2MemoryKib ||
      cost.memory_kib > kMaxArgon2MemoryKib) {
    return InvalidArgument(fmt::format(
        "a cost of {} passes over {} KiB is out of bounds; expected 1 to {} passes over "
        "{} to {} KiB",
        cost.passes, cost.memory_kib, kMaxArgon2Passes, kMinArgon2MemoryKib, kMaxArgon2MemoryKib));
  }
  return cost;
}

absl::StatusOr<Bytes> ReadSized(ssh::Reader& reader, std::string_view what, size_t size) {
  MAYFLY_ASSIGN_OR_RETURN(const BytesView bytes, reader.ReadString());
  if (bytes.size() == size) return ToBytes(bytes);
  return InvalidArgument(fmt::format("the {} has {} bytes, expected {}", what, bytes.size(), size));
}

absl::Status ReadMagicAndVersion(ssh::Reader& reader) {
  const absl::StatusOr<BytesView> magic = reader.ReadRaw(kMagic.size());
  if (!magic.ok() || AsText(*magic) != kMagic) {
    return InvalidArgument("not a key file: its contents do not start with MAYFLYKEY");
  }
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t version, reader.ReadUint32());
  if (version == kVersion) return absl::OkStatus();
  return InvalidArgument(fmt::format(
      "key file of version {}; this program reads version {}: use the Mayfly that wrote it",
      version, kVersion));
}

absl::StatusOr<KeyFileHeader> ReadHeader(ssh::Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(std::string role, reader.ReadText());
  MAYFLY_RETURN_IF_ERROR(CheckRole(role));
  MAYFLY_ASSIGN_OR_RETURN(const KeyOrigin origin, ReadOrigin(reader));
  MAYFLY_ASSIGN_OR_RETURN(const uint64_t since, reader.ReadUint64());
  if (since > kMaxUnixSeconds) return InvalidArgument("its date is beyond the year 9999");
  MAYFLY_ASSIGN_OR_RETURN(const BytesView blob, reader.ReadString());
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey public_key, ssh::PublicKey::ParseBlob(blob));
  return KeyFileHeader{std::move(role), origin, static_cast<int64_t>(since), std::move(public_key)};
}

absl::StatusOr<SealedKey> ReadBody(ssh::Reader& reader) {
  MAYFLY_ASSIGN_OR_RETURN(KeyFileHeader header, ReadHeader(reader));
  SealedKey sealed{.header = std::move(header)};
  MAYFLY_RETURN_IF_ERROR(ExpectName(reader, "key derivation", kKdf));
  MAYFLY_ASSIGN_OR_RETURN(sealed.cost, ReadCost(reader));
  MAYFLY_ASSIGN_OR_RETURN(sealed.salt, ReadSized(reader, "salt", kSaltSize));
  MAYFLY_RETURN_IF_ERROR(ExpectName(reader, "cipher", kCipher));
  MAYFLY_ASSIGN_OR_RETURN(sealed.nonce, ReadSized(reader, "nonce", kNonceSize));
  MAYFLY_ASSIGN_OR_RETURN(const BytesView ciphertext, reader.ReadString());
  if (ciphertext.size() <= kTagSize) return InvalidArgument("it holds no key");
  sealed.ciphertext = ToBytes(ciphertext);
  MAYFLY_RETURN_IF_ERROR(reader.ExpectEnd());
  return sealed;
}

// The cipher writes straight into guarded memory: no copy of the private key is left behind.
absl::StatusOr<SecretBytes> Decrypt(const SealedKey& sealed, const SecretBytes& wrapping_key) {
  const Bytes associated = sealed.AssociatedData();
  SecretBytes plaintext(sealed.ciphertext.size() - kTagSize);
  const int failed = plaintext.Fill([&](std::span<uint8_t> out) {
    return wrapping_key.Expose([&](BytesView key) {
      return crypto_aead_xchacha20poly1305_ietf_decrypt(
          out.data(), nullptr, nullptr, sealed.ciphertext.data(), sealed.ciphertext.size(),
          associated.data(), associated.size(), sealed.nonce.data(), key.data());
    });
  });
  if (failed != 0) return Unauthenticated("wrong passphrase, or the key file was altered");
  return plaintext;
}

Bytes Encrypt(const SealedKey& sealed, const SecretBytes& plaintext,
              const SecretBytes& wrapping_key) {
  const Bytes associated = sealed.AssociatedData();
  Bytes ciphertext(plaintext.size() + kTagSize);
  plaintext.Expose([&](BytesView message) {
    wrapping_key.Expose([&](BytesView key) {
      MAYFLY_CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(
                       ciphertext.data(), nullptr, message.data(), message.size(),
                       associated.data(), associated.size(), nullptr, sealed.nonce.data(),
                       key.data()) == 0);
    });
  });
  return ciphertext;
}

}  // namespace

Argon2Cost CostOf(KeyFileCost cost) {
  if (cost == KeyFileCost::kInteractive) {
    return {crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
            crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE / 1024};
  }
  return {crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
          crypto_pwhash_argon2id_MEMLIMIT_MODERATE / 1024};
}

absl::StatusOr<SealedKey> SealedKey::Parse(std::string_view text) {
  MAYFLY_ASSIGN_OR_RETURN(const Bytes bytes, Unarmor(text));
  ssh::Reader reader(bytes);
  MAYFLY_RETURN_IF_ERROR(ReadMagicAndVersion(reader));
  absl::StatusOr<SealedKey> sealed = ReadBody(reader);
  if (!sealed.ok()) return Damaged(Message(sealed.status()));
  // One text for one key: also blank lines and other line lengths are alterations.
  if (sealed->Encode() != text) return Damaged("its lines are not as they were written");
  return sealed;
}

Bytes SealedKey::AssociatedData() const {
  return ssh::Writer()
      .Raw(AsBytes(kMagic))
      .Uint32(kVersion)
      .String(header.role)
      .Byte(header.origin == KeyOrigin::kMade ? 1 : 2)
      .Uint64(static_cast<uint64_t>(header.since_unix_s))
      .String(header.public_key.blob())
      .String(kKdf)
      .Uint32(cost.passes)
      .Uint32(cost.memory_kib)
      .String(BytesView(salt))
      .String(kCipher)
      .String(BytesView(nonce))
      .Take();
}

std::string SealedKey::Encode() const {
  return Armor(ssh::Writer().Raw(AssociatedData()).String(BytesView(ciphertext)).Take());
}

absl::StatusOr<SecretBytes> DeriveWrappingKey(const SealedKey& sealed,
                                              const SecretBytes& passphrase) {
  SecretBytes key(kKeySize);
  const int failed = key.Fill([&](std::span<uint8_t> out) {
    return passphrase.Expose([&](BytesView bytes) {
      return crypto_pwhash_argon2id(out.data(), out.size(), AsText(bytes).data(), bytes.size(),
                                    sealed.salt.data(), sealed.cost.passes,
                                    size_t{sealed.cost.memory_kib} * 1024,
                                    crypto_pwhash_argon2id_ALG_ARGON2ID13);
    });
  });
  if (failed == 0) return key;
  return ResourceExhausted(fmt::format(
      "opening a key file takes {} MiB of memory, which this process cannot have; raise its memory "
      "limit",
      sealed.cost.memory_kib / 1024));
}

absl::StatusOr<SealedKey> Seal(const KeyFileHeader& header, const ssh::PrivateKey& key,
                               const SecretBytes& passphrase, Argon2Cost cost, Random& random) {
  MAYFLY_RETURN_IF_ERROR(CheckRole(header.role));
  if (header.public_key != key.public_key()) {
    return InvalidArgument("the header of a key file names another public key than its own");
  }
  if (header.since_unix_s < 0 || static_cast<uint64_t>(header.since_unix_s) > kMaxUnixSeconds) {
    return InvalidArgument("the date of a key file lies between the years 1970 and 9999");
  }
  if (passphrase.empty()) {
    return InvalidArgument("a key file is encrypted: its passphrase cannot be empty");
  }
  SealedKey sealed{.header = header, .cost = cost};
  sealed.salt = random.Take(kSaltSize);
  sealed.nonce = random.Take(kNonceSize);
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes wrapping_key, DeriveWrappingKey(sealed, passphrase));
  sealed.ciphertext = Encrypt(sealed, key.private_section(), wrapping_key);
  return sealed;
}

absl::StatusOr<ssh::PrivateKey> Open(const SealedKey& sealed, const SecretBytes& wrapping_key) {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes section, Decrypt(sealed, wrapping_key));
  MAYFLY_ASSIGN_OR_RETURN(ssh::PrivateKey key, ssh::PrivateKey::ParsePrivateSection(section));
  if (key.public_key() != sealed.header.public_key) {
    return InvalidArgument("the key file holds another key than its header names");
  }
  return key;
}

}  // namespace mayfly::keys
