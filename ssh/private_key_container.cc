#include "ssh/private_key_container.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

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
  const EVP_CIPHER* (*evp)();  // Null for chacha20-poly1305, which OpenSSL has in another form.
  size_t key_size;
  size_t iv_size;
  size_t tag_size;
  size_t block;
};
constexpr Cipher kCiphers[] = {
    {"aes256-ctr", EVP_aes_256_ctr, 32, 16, 0, 16},
    {"aes256-cbc", EVP_aes_256_cbc, 32, 16, 0, 16},
    {"aes256-gcm@openssh.com", EVP_aes_256_gcm, 32, 12, 16, 16},
    {"chacha20-poly1305@openssh.com", nullptr, 64, 0, 16, 8},
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

bool DecryptByOpenSsl(const Cipher& cipher, BytesView key_and_iv, const KeyContainer& container,
                      std::span<uint8_t> out) {
  const EvpCipherContext context(EVP_CIPHER_CTX_new());
  MAYFLY_CHECK(context != nullptr);
  const int size = static_cast<int>(container.section.size());
  int written = 0, last = 0;
  Bytes tag = ToBytes(container.tag);  // OpenSSL asks for a writable one.
  const bool decrypted =
      EVP_DecryptInit_ex(context.get(), cipher.evp(), nullptr, key_and_iv.data(),
                         key_and_iv.subspan(cipher.key_size).data()) == 1 &&
      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
      (tag.empty() || EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG,
                                          static_cast<int>(tag.size()), tag.data()) == 1) &&
      EVP_DecryptUpdate(context.get(), out.data(), &written, container.section.data(), size) == 1 &&
      EVP_DecryptFinal_ex(context.get(), out.data() + written, &last) == 1 &&
      written + last == size;
  ERR_clear_error();
  return decrypted;
}

// OpenSSH's PROTOCOL.chacha20poly1305 for a packet numbered 0 without a length: the first half of
// the key alone is used, its block 0 for the tag, what follows for the text.
bool DecryptByChacha(BytesView key, const KeyContainer& container, std::span<uint8_t> out) {
  const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {};
  SecretBytes tag_key(crypto_onetimeauth_poly1305_KEYBYTES);
  tag_key.Fill([&](std::span<uint8_t> bytes) {
    crypto_stream_chacha20(bytes.data(), bytes.size(), nonce, key.data());
  });
  const BytesView text = container.section;
  const bool genuine = tag_key.Expose([&](BytesView bytes) {
    return crypto_onetimeauth_poly1305_verify(container.tag.data(), text.data(), text.size(),
                                              bytes.data()) == 0;
  });
  return genuine && crypto_stream_chacha20_xor_ic(out.data(), text.data(), text.size(), nonce, 1,
                                                  key.data()) == 0;
}

absl::StatusOr<SecretBytes> Decrypt(const Cipher& cipher, const SecretBytes& key,
                                    const KeyContainer& container) {
  if (container.tag.size() != cipher.tag_size) {
    return InvalidArgument(fmt::format("{} bytes must follow the private section, not {}",
                                       cipher.tag_size, container.tag.size()));
  }
  if (container.section.empty() || container.section.size() % cipher.block != 0) {
    return InvalidArgument("the private section does not consist of whole blocks");
  }
  SecretBytes plain(container.section.size());
  const bool decrypted = plain.Fill([&](std::span<uint8_t> out) {
    return key.Expose([&](BytesView key_and_iv) {
      return cipher.evp == nullptr ? DecryptByChacha(key_and_iv, container, out)
                                   : DecryptByOpenSsl(cipher, key_and_iv, container, out);
    });
  });
  if (!decrypted) return WrongPassphrase();
  return plain;
}

}  // namespace

absl::Status WrongPassphrase() { return Unauthenticated("the passphrase of the key is wrong"); }

absl::Status CheckEncryption(const KeyContainer& container) {
  MAYFLY_RETURN_IF_ERROR(FindCipher(AsText(container.cipher)).status());
  return ReadKdfOptions(container).status();
}

size_t BlockOf(const KeyContainer& container) {
  const absl::StatusOr<const Cipher*> cipher = FindCipher(AsText(container.cipher));
  MAYFLY_CHECK(cipher.ok());
  return (*cipher)->block;
}

absl::StatusOr<SecretBytes> DecryptSection(const KeyContainer& container,
                                           const SecretBytes& passphrase, const BcryptPbkdf& kdf) {
  MAYFLY_ASSIGN_OR_RETURN(const Cipher* const cipher, FindCipher(AsText(container.cipher)));
  MAYFLY_ASSIGN_OR_RETURN(const KdfOptions options, ReadKdfOptions(container));
  const size_t size = cipher->key_size + cipher->iv_size;
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes key,
                          kdf(passphrase, options.salt, options.rounds, size));
  MAYFLY_CHECK(key.size() == size);
  return Decrypt(*cipher, key, container);
}

}  // namespace mayfly::ssh
