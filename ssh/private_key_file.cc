// PrivateKey's openssh-key-v1 files (OpenSSH's PROTOCOL.key): armor, container, padding.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ssh/private_key.h"
#include "ssh/private_key_container.h"
#include "ssh/private_key_pem.h"
#include "ssh/private_section.h"
#include "ssh/secret_writer.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kEnd = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view kMagic("openssh-key-v1\0", 15);
constexpr size_t kColumns = 70;
constexpr size_t kMaxFile = 64 << 10;  // An RSA-16384 key file has 17 KiB.
constexpr size_t kMaxComment = 1024;   // What is longer is cut; nobody reads it.
constexpr size_t kPlainBlock = 8;      // PROTOCOL.key: the block of the cipher "none".

// Says what a text is that is not an openssh-key-v1 file, and how to make it one.
absl::Status NotAKeyFile(std::string_view text) {
  if (text.starts_with("-----BEGIN ")) {
    return InvalidArgument(
        "the private key is in a format that is not read: convert it with `ssh-keygen -p -f FILE`");
  }
  if (text.starts_with("PuTTY-User-Key-File")) {
    return InvalidArgument(
        "the private key is in PuTTY's format: convert it with `puttygen FILE -O "
        "private-openssh-new -o NEW`");
  }
  if (text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-")) {
    return InvalidArgument("this is a public key: the private key is expected, without .pub");
  }
  return InvalidArgument(fmt::format(
      "not an OpenSSH private key: it must start with \"{}\"; `ssh-keygen -p -f FILE` converts "
      "other formats",
      kBegin));
}

absl::StatusOr<SecretBytes> Unarmored(BytesView file) {
  const std::string_view text = TrimBlanks(AsText(file));
  if (!text.starts_with(kBegin)) return NotAKeyFile(text);
  if (!text.ends_with(kEnd) || text.size() < kBegin.size() + kEnd.size()) {
    return InvalidArgument(fmt::format("the private key is cut off: \"{}\" is missing", kEnd));
  }
  const std::string_view base64 =
      text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size());
  // As for other base64 (base/bytes.cc): libsodium 1.0.18 takes bytes from 0x80 for a letter.
  const bool ascii = IsAscii(base64);
  SecretBytes decoded(base64.size() / 4 * 3 + 3);
  size_t size = 0;
  const char* stopped_at = nullptr;
  const int result = decoded.Fill([&](std::span<uint8_t> bytes) {
    return sodium_base642bin(bytes.data(), bytes.size(), base64.data(), base64.size(), "\r\n",
                             &size, &stopped_at, sodium_base64_VARIANT_ORIGINAL);
  });
  if (!ascii || result != 0 || stopped_at != base64.data() + base64.size()) {
    return InvalidArgument("the private key is not valid base64");
  }
  decoded.Truncate(size);
  return decoded;
}

absl::StatusOr<KeyContainer> ReadContainer(BytesView file) {
  Reader reader(file);
  const auto magic = reader.ReadRaw(kMagic.size());
  if (!magic.ok() || AsText(*magic) != kMagic) {
    return InvalidArgument("it is not an openssh-key-v1 key");
  }
  KeyContainer container;
  MAYFLY_ASSIGN_OR_RETURN(container.cipher, Annotate(reader.ReadString(), "cipher"));
  MAYFLY_ASSIGN_OR_RETURN(container.kdf, Annotate(reader.ReadString(), "kdf"));
  MAYFLY_ASSIGN_OR_RETURN(container.kdf_options, Annotate(reader.ReadString(), "kdf options"));
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t keys, Annotate(reader.ReadUint32(), "number of keys"));
  if (keys != 1) return InvalidArgument(fmt::format("a file must hold 1 key, not {}", keys));
  MAYFLY_ASSIGN_OR_RETURN(container.public_blob, Annotate(reader.ReadString(), "public key"));
  MAYFLY_ASSIGN_OR_RETURN(container.section, Annotate(reader.ReadString(), "private section"));
  container.tag = reader.rest();
  return container;
}

bool IsEncrypted(const KeyContainer& container) { return AsText(container.cipher) != "none"; }

absl::StatusOr<SecretBytes> PlainSection(const KeyContainer& container,
                                         const SecretBytes* passphrase, const BcryptPbkdf& kdf) {
  if (!IsEncrypted(container)) {
    if (AsText(container.kdf) != "none" || !container.kdf_options.empty()) {
      return InvalidArgument("a key without a cipher must not name a kdf");
    }
    MAYFLY_RETURN_IF_ERROR(Reader(container.tag).ExpectEnd());
    return SecretBytes::CopyOf(container.section);
  }
  MAYFLY_RETURN_IF_ERROR(CheckEncryption(container));
  if (kdf == nullptr) {
    return FailedPrecondition(
        "the private key is encrypted and cannot be decrypted here: use it through ssh-agent");
  }
  if (passphrase == nullptr) {
    return FailedPrecondition("the private key is encrypted: its passphrase is needed");
  }
  return DecryptSection(container, *passphrase, kdf);
}

// The bytes 1, 2, 3 … up to the end of a block.
absl::Status CheckPadding(BytesView padding, size_t block) {
  if (padding.size() >= block) return InvalidArgument("the padding is longer than a block");
  for (size_t i = 0; i < padding.size(); ++i) {
    if (padding[i] != i + 1) return InvalidArgument("the padding is not 1, 2, 3 …");
  }
  return absl::OkStatus();
}

absl::StatusOr<PrivateKey> ReadPlainSection(BytesView plain, const KeyContainer& container,
                                            std::string* comment) {
  Reader reader(plain);
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t check, reader.ReadUint32());
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t check_again, reader.ReadUint32());
  if (check != check_again) {
    return IsEncrypted(container)
               ? WrongPassphrase()
               : InvalidArgument("the check numbers differ: the file is damaged");
  }
  const BytesView from_section = reader.rest();
  MAYFLY_ASSIGN_OR_RETURN(const PublicKey public_key, ReadSection(reader));
  const BytesView section = from_section.first(from_section.size() - reader.rest().size());
  if (!Equal(public_key.blob(), container.public_blob)) {
    return InvalidArgument("the file's public key is not that of its private key");
  }
  MAYFLY_ASSIGN_OR_RETURN(std::string text, Annotate(reader.ReadText(), "comment"));
  MAYFLY_RETURN_IF_ERROR(
      CheckPadding(reader.rest(), IsEncrypted(container) ? BlockOf(container) : kPlainBlock));
  if (comment != nullptr) *comment = std::move(text);
  return PrivateKey::ParsePrivateSection(SecretBytes::CopyOf(section));
}

// The private section with its check numbers, comment and padding.
SecretBytes Padded(const SecretBytes& section, std::string_view comment, Random& random) {
  SecretWriter writer(section.size() + comment.size() + 4 * sizeof(uint32_t) + kPlainBlock);
  const Bytes check = random.Take(sizeof(uint32_t));
  writer.Raw(check).Raw(check);
  section.Expose([&](BytesView bytes) { writer.Raw(bytes); });
  writer.String(comment);
  for (uint8_t i = 1; writer.size() % kPlainBlock != 0; ++i) writer.Byte(i);
  return writer.Take();
}

SecretBytes Armored(const SecretBytes& file) {
  SecretBytes base64(sodium_base64_encoded_len(file.size(), sodium_base64_VARIANT_ORIGINAL));
  base64.Fill([&](std::span<uint8_t> text) {
    file.Expose([&](BytesView bytes) {
      sodium_bin2base64(reinterpret_cast<char*>(text.data()), text.size(), bytes.data(),
                        bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    });
  });
  base64.Truncate(base64.size() - 1);  // The terminating NUL that libsodium writes.
  SecretWriter writer(base64.size() + base64.size() / kColumns + kBegin.size() + kEnd.size() + 3);
  writer.Raw(kBegin).Byte('\n');
  base64.Expose([&](BytesView text) {
    for (size_t i = 0; i < text.size(); i += kColumns) {
      writer.Raw(text.subspan(i, std::min(kColumns, text.size() - i))).Byte('\n');
    }
  });
  writer.Raw(kEnd).Byte('\n');
  return writer.Take();
}

}  // namespace

absl::StatusOr<PrivateKey> PrivateKey::ParseFile(const SecretBytes& text,
                                                 const SecretBytes* passphrase,
                                                 const BcryptPbkdf& kdf, std::string* comment) {
  if (text.size() > kMaxFile) {
    return InvalidArgument(
        fmt::format("a private key file has at most {} bytes, this has {}", kMaxFile, text.size()));
  }
  if (text.Expose([](BytesView bytes) { return IsPem(AsText(bytes)); })) {
    if (comment != nullptr) comment->clear();
    return ParsePem(text, passphrase);
  }
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes file, text.Expose(Unarmored));
  return file.Expose([&](BytesView bytes) -> absl::StatusOr<PrivateKey> {
    MAYFLY_ASSIGN_OR_RETURN(const KeyContainer container,
                            Annotate(ReadContainer(bytes), "private key"));
    MAYFLY_ASSIGN_OR_RETURN(const SecretBytes plain, PlainSection(container, passphrase, kdf));
    return plain.Expose(
        [&](BytesView section) { return ReadPlainSection(section, container, comment); });
  });
}

SecretBytes PrivateKey::SerializeFile(std::string_view comment, Random& random) const {
  const SecretBytes section = Padded(private_section(), comment.substr(0, kMaxComment), random);
  const BytesView blob = public_key().blob();
  SecretWriter writer(kMagic.size() + section.size() + blob.size() + 64);
  writer.Raw(kMagic).String("none").String("none").String("").Uint32(1).String(blob);
  section.Expose([&](BytesView bytes) { writer.String(bytes); });
  return Armored(writer.Take());
}

}  // namespace mayfly::ssh
