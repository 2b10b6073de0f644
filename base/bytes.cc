#include "base/bytes.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>

#include <algorithm>
#include <memory>

#include "absl/strings/escaping.h"
#include "base/status.h"
#include "base/text.h"

namespace mayfly {
namespace {

std::string Encode(BytesView bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
  text.pop_back();  // The terminating NUL that libsodium writes.
  return text;
}

absl::StatusOr<Bytes> Decode(std::string_view text, int variant) {
  // libsodium 1.0.18 takes every byte from 0x80 for the last letter of the alphabet.
  const bool ascii = IsAscii(text);
  Bytes bytes(text.size() / 4 * 3 + 3);
  size_t size = 0;
  const char* end = nullptr;
  if (!ascii ||
      sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                        variant) != 0 ||
      end != text.data() + text.size()) {
    return InvalidArgument("not valid base64");
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

bool Equal(BytesView a, BytesView b) { return std::ranges::equal(a, b); }

std::string HexEncode(BytesView bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

absl::StatusOr<Bytes> HexDecode(std::string_view text) {
  Bytes bytes(text.size() / 2 + 1);  // Never empty: libsodium wants an address.
  size_t size = 0;
  const char* end = nullptr;
  if (text.size() % 2 != 0 ||
      sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end) !=
          0 ||
      end != text.data() + text.size()) {
    return InvalidArgument("not valid hexadecimal");
  }
  bytes.resize(size);
  return bytes;
}

std::string Base64Encode(BytesView bytes) { return Encode(bytes, sodium_base64_VARIANT_ORIGINAL); }
absl::StatusOr<Bytes> Base64Decode(std::string_view text) {
  return Decode(text, sodium_base64_VARIANT_ORIGINAL);
}
// Ten times as fast as libsodium's, which hides from its own processor what it encodes.
std::string Base64EncodeUnpadded(BytesView bytes) {
  std::string text = absl::Base64Escape(absl::string_view(AsText(bytes).data(), bytes.size()));
  text.resize((bytes.size() * 4 + 2) / 3);
  return text;
}
std::string Base64UrlEncode(BytesView bytes) {
  return Encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
absl::StatusOr<Bytes> Base64UrlDecode(std::string_view text) {
  return Decode(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

Sha256Digest Sha256(BytesView bytes) {
  // Looked up once, and never freed: a look-up costs three times what hashing a key does.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256Digest digest;
  MAYFLY_CHECK(algorithm != nullptr);
  MAYFLY_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr) ==
               1);
  return digest;
}

Sha256Digest HmacSha256(BytesView key, BytesView message) {
  // Copied, because finding the digest by its name takes longer than copying a context. This one
  // never has a key.
  static EVP_MAC_CTX* const without_key = [] {
    char sha256[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    MAYFLY_CHECK(hmac != nullptr);
    EVP_MAC_CTX* made = EVP_MAC_CTX_new(hmac);
    MAYFLY_CHECK(made != nullptr && EVP_MAC_CTX_set_params(made, parameters) == 1);
    return made;
  }();
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(
      EVP_MAC_CTX_dup(without_key), &EVP_MAC_CTX_free);
  MAYFLY_CHECK(context != nullptr);
  // To OpenSSL a null key means "the previous one", so an empty key needs an address too.
  static constexpr uint8_t kNoKey = 0;
  Sha256Digest digest;
  size_t size = 0;
  MAYFLY_CHECK(
      EVP_MAC_init(context.get(), key.empty() ? &kNoKey : key.data(), key.size(), nullptr) == 1);
  MAYFLY_CHECK(EVP_MAC_update(context.get(), message.data(), message.size()) == 1);
  MAYFLY_CHECK(EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1);
  MAYFLY_CHECK(size == digest.size());
  return digest;
}

}  // namespace mayfly
