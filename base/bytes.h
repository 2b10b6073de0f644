// Byte strings, their textual forms, and SHA-256.
#ifndef MAYFLY_BASE_BYTES_H_
#define MAYFLY_BASE_BYTES_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace mayfly {

using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;

inline BytesView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes ToBytes(std::string_view text) {
  return Bytes(AsBytes(text).begin(), AsBytes(text).end());
}
inline Bytes ToBytes(BytesView bytes) { return Bytes(bytes.begin(), bytes.end()); }
inline std::string ToText(BytesView bytes) { return std::string(AsText(bytes)); }
bool Equal(BytesView a, BytesView b);  // Not constant-time; see SecretBytes.

// Lower-case hexadecimal; the decoder takes both cases and nothing else.
std::string HexEncode(BytesView bytes);
absl::StatusOr<Bytes> HexDecode(std::string_view text);

// RFC 4648 base64. The decoders are strict: canonical padding or none, as the name says, no blanks,
// no stray bits; anything else is kInvalidArgument.
std::string Base64Encode(BytesView bytes);
absl::StatusOr<Bytes> Base64Decode(std::string_view text);
std::string Base64EncodeUnpadded(BytesView bytes);  // As in SHA256:… fingerprints; of no secret.
std::string Base64UrlEncode(BytesView bytes);       // Unpadded.
absl::StatusOr<Bytes> Base64UrlDecode(std::string_view text);

using Sha256Digest = std::array<uint8_t, 32>;
Sha256Digest Sha256(BytesView bytes);
Sha256Digest HmacSha256(BytesView key, BytesView message);

}  // namespace mayfly

#endif  // MAYFLY_BASE_BYTES_H_
