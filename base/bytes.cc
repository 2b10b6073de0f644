#include "base/bytes.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <algorithm>

#include "base/status.h"

namespace mayfly {
namespace {

std::string Encode(BytesView bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
  text.pop_back();  // The terminating NUL that libsodium writes.
  return text;
}

absl::StatusOr<Bytes> Decode(std::string_view text, int variant) {
  Bytes bytes(text.size() / 4 * 3 + 3);
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
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
std::string Base64EncodeUnpadded(BytesView bytes) {
  return Encode(bytes, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}
std::string Base64UrlEncode(BytesView bytes) {
  return Encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
absl::StatusOr<Bytes> Base64UrlDecode(std::string_view text) {
  return Decode(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

Sha256Digest Sha256(BytesView bytes) {
  Sha256Digest digest;
  MAYFLY_CHECK(
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

Sha256Digest HmacSha256(BytesView key, BytesView message) {
  Sha256Digest digest;
  unsigned int size = 0;
  // To OpenSSL a null key means "the previous one", so an empty key needs an address too.
  const void* key_data = key.empty() ? "" : static_cast<const void*>(key.data());
  MAYFLY_CHECK(HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), message.data(),
                    message.size(), digest.data(), &size) != nullptr);
  MAYFLY_CHECK(size == digest.size());
  return digest;
}

}  // namespace mayfly
