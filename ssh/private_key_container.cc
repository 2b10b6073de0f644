#include "ssh/private_key_container.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <span>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "ssh/openssl.h"
#include "ssh/wire.h"

namespace mayfly::ssh {
namespace {

constexpr size_t kMaxSalt = 64;        // ssh-keygen's has 16 bytes.
constexpr uint32_t kMaxRounds = 1024;  // ssh-keygen's default is 16 (0.1 s); this is some 10 s.

// A cipher that a key file may be encrypted with.
struct Cipher {
  std::string_view name;
  const EVP_CIPHER* (*evp)();
  size_t iv_size;
  size_t tag_size;
};
constexpr size_t kCipherKeySize = 32;
constexpr Cipher kCiphers[] = {
    {"aes256-ctr", EVP_aes_256_ctr, 16, 0},
    {"aes256-cbc", EVP_aes_256_cbc, 16, 0},
    {"aes256-gcm@openssh.com", EVP_aes_256_gcm, 12, 16},
};

absl::StatusOr<const Cipher*> FindCipher(std::string_view name) {
  for (const Cipher& cipher : kCiphers) {
    if (name == cipher.name) return &cipher;
  }
  return InvalidArgument(fmt::format(
      "the cipher \"{}\" is not supported: change it with `ssh-keygen -p -Z aes256-ctr -f FILE`",
      EscapeForTerminal(name.substr(0, 64))));
}

struct KdfOptions {
  BytesView salt;
  uint32_t rounds = 0;
};

absl::StatusOr<KdfOptions> ReadKdfOptions(const KeyContainer& container) {
  if (AsText(container.kdf) != "bcrypt") {
    return InvalidArgument(fmt::format("the kdf must be bcrypt, not \"{}\"",
                                       EscapeForTerminal(AsText(container.kdf).substr(0, 64))));
  }
  Reader reader(container.kdf_options);
  KdfOptions options;
  MAYFLY_ASSIGN_OR_RETURN(options.salt, Annotate(reader.ReadString(), "salt"));
  MAYFLY_ASSIGN_OR_RETURN(options.rounds, Annotate(reader.ReadUint32(), "rounds"));
  MAYFLY_RETURN_IF_ERROR(Annotate(reader.ExpectEnd(), "kdf options"));
  if (options.salt.empty() || options.salt.size() > kMaxSalt) {
    return InvalidArgument(
        fmt::format("the salt must have 1 to {} bytes, not {}", kMaxSalt, options.salt.size()));
  }
  if (options.rounds == 0 || options.rounds > kMaxRounds) {
    return InvalidArgument(
        fmt::format("the kdf must have 1 to {} rounds, not {}: change it with `ssh-keygen -p -a 16 "
                    "-f FILE`",
                    kMaxRounds, options.rounds));
  }
  return options;
}

absl::StatusOr<SecretBytes> Decrypt(const Cipher& cipher, const SecretBytes& key,
                                    const KeyContainer& container) {
  if (container.tag.size() != cipher.tag_size) {
    return InvalidArgument(fmt::format("{} bytes must follow the private section, not {}",
                                       cipher.tag_size, container.tag.size()));
  }
  if (container.section.empty() || container.section.size() % kCipherBlock != 0) {
    return InvalidArgument("the private section does not consist of whole blocks");
  }
  const EvpCipherContext context(EVP_CIPHER_CTX_new());
  MAYFLY_CHECK(context != nullptr);
  const int size = static_cast<int>(container.section.size());
  SecretBytes plain(container.section.size());
  const bool decrypted = plain.Fill([&](std::span<uint8_t> out) {
    return key.Expose([&](BytesView key_and_iv) {
      int written = 0, last = 0;
      Bytes tag = ToBytes(container.tag);  // OpenSSL asks for a writable one.
      return EVP_DecryptInit_ex(context.get(), cipher.evp(), nullptr, key_and_iv.data(),
                                key_and_iv.subspan(kCipherKeySize).data()) == 1 &&
             EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
             (tag.empty() || EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG,
                                                 static_cast<int>(tag.size()), tag.data()) == 1) &&
             EVP_DecryptUpdate(context.get(), out.data(), &written, container.section.data(),
                               size) == 1 &&
             EVP_DecryptFinal_ex(context.get(), out.data() + written, &last) == 1 &&
             written + last == size;
    });
  });
  ERR_clear_error();
  if (!decrypted) return WrongPassphrase();
  return plain;
}

}  // namespace

absl::Status WrongPassphrase() { return Unauthenticated("the passphrase of the key is wrong"); }

absl::Status CheckEncryption(const KeyContainer& container) {
  MAYFLY_RETURN_IF_ERROR(FindCipher(AsText(container.cipher)).status());
  return ReadKdfOptions(container).status();
}

absl::StatusOr<SecretBytes> DecryptSection(const KeyContainer& container,
                                           const SecretBytes& passphrase, const BcryptPbkdf& kdf) {
  MAYFLY_ASSIGN_OR_RETURN(const Cipher* const cipher, FindCipher(AsText(container.cipher)));
  MAYFLY_ASSIGN_OR_RETURN(const KdfOptions options, ReadKdfOptions(container));
  const size_t size = kCipherKeySize + cipher->iv_size;
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes key,
                          kdf(passphrase, options.salt, options.rounds, size));
  MAYFLY_CHECK(key.size() == size);
  return Decrypt(*cipher, key, container);
}

}  // namespace mayfly::ssh
