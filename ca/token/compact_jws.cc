#include "ca/token/compact_jws.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/token/strict_json.h"
#include "fmt/format.h"

namespace mayfly::token {
namespace {

// Each would let the token say by which key, or by which rules, it is to be read.
constexpr std::array<const char*, 8> kRefusedHeaders = {"crit", "b64", "jwk", "jku",
                                                        "x5u",  "x5c", "enc", "zip"};

absl::StatusOr<Bytes> Part(std::string_view text, std::string_view name) {
  absl::StatusOr<Bytes> bytes = Base64UrlDecode(text);
  if (!bytes.ok() || bytes->empty()) {
    return InvalidArgument(fmt::format("the token's {} is not base64url", name));
  }
  return bytes;
}

absl::StatusOr<Algorithm> ReadAlgorithm(const nlohmann::json& header) {
  const std::string name = StringMember(header, "alg");
  const std::optional<Algorithm> algorithm = ParseAlgorithm(name);
  if (algorithm) return *algorithm;
  return InvalidArgument(fmt::format("the token's algorithm '{}' is not taken",
                                     EscapeForTerminal(name.substr(0, 32))));
}

// An access token (RFC 9068: at+jwt) is for somebody else; only plain JWTs are taken.
absl::Status CheckType(const nlohmann::json& header) {
  const auto type = header.find("typ");
  if (type == header.end()) return absl::OkStatus();
  std::string text = StringMember(header, "typ");
  for (char& letter : text) letter = absl::ascii_tolower(static_cast<unsigned char>(letter));
  if (text == "jwt") return absl::OkStatus();
  return InvalidArgument(
      fmt::format("a token of the type '{}'; expected JWT", EscapeForTerminal(text.substr(0, 32))));
}

}  // namespace

absl::StatusOr<CompactJws> CompactJws::Parse(std::string_view token) {
  if (token.size() > kMaxTokenSize) {
    return InvalidArgument(
        fmt::format("a token of {} bytes; at most {} are allowed", token.size(), kMaxTokenSize));
  }
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return InvalidArgument("not a signed token: expected three parts with dots between");
  }
  MAYFLY_ASSIGN_OR_RETURN(const Bytes header_text, Part(token.substr(0, first), "header"));
  MAYFLY_ASSIGN_OR_RETURN(const Bytes payload,
                          Part(token.substr(first + 1, second - first - 1), "payload"));
  CompactJws jws;
  MAYFLY_ASSIGN_OR_RETURN(const nlohmann::json header,
                          Annotate(ParseStrictJson(AsText(header_text)), "the token's header"));
  MAYFLY_ASSIGN_OR_RETURN(jws.algorithm, ReadAlgorithm(header));
  MAYFLY_RETURN_IF_ERROR(CheckType(header));
  for (const char* name : kRefusedHeaders) {
    if (header.contains(name)) {
      return InvalidArgument(fmt::format("the token's header \"{}\" is not taken", name));
    }
  }
  if (const auto kid = header.find("kid"); kid != header.end()) {
    jws.kid = StringMember(header, "kid");
    if (jws.kid.empty() || jws.kid.size() > kMaxKidSize) {
      return InvalidArgument("the token's key id is not a text of 1 to 256 bytes");
    }
  }
  MAYFLY_ASSIGN_OR_RETURN(jws.signature, Part(token.substr(second + 1), "signature"));
  jws.signing_input = std::string(token.substr(0, second));
  jws.payload = ToText(payload);
  return jws;
}

}  // namespace mayfly::token
