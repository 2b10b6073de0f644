#include "client/join_token.h"

#include "base/status.h"
#include "base/text.h"
#include "client/trust/bootstrap.h"
#include "ssh/wire.h"

namespace mayfly::client {
namespace {

constexpr std::string_view kPrefix = "mayfly-join.v1.";
constexpr size_t kSeedSize = 32;
constexpr uint32_t kMaxAddresses = 16;

absl::Status NotAToken() {
  return InvalidArgument(
      "this is not a join token; expected the whole line that `mayfly token create` printed, "
      "beginning with mayfly-join.v1.");
}

absl::StatusOr<JoinToken> Decode(BytesView bytes) {
  ssh::Reader reader(bytes);
  JoinToken token;
  MAYFLY_ASSIGN_OR_RETURN(const std::string ca_id, reader.ReadText());
  MAYFLY_ASSIGN_OR_RETURN(token.ca_id, ssh::Fingerprint::Parse(ca_id));
  MAYFLY_ASSIGN_OR_RETURN(const BytesView seed, reader.ReadString());
  if (seed.size() != kSeedSize) return NotAToken();
  token.seed = SecretBytes::CopyOf(seed);
  MAYFLY_ASSIGN_OR_RETURN(const uint32_t count, reader.ReadUint32());
  if (count == 0 || count > kMaxAddresses) return NotAToken();
  for (uint32_t i = 0; i < count; ++i) {
    MAYFLY_ASSIGN_OR_RETURN(std::string address, reader.ReadText());
    // Spelt as the command line spells it: an address becomes part of messages and of a connection.
    MAYFLY_ASSIGN_OR_RETURN(const std::string parsed, ParseAddress(address));
    if (parsed != address) return NotAToken();
    token.addresses.push_back(std::move(address));
  }
  MAYFLY_RETURN_IF_ERROR(reader.ExpectEnd());
  return token;
}

}  // namespace

SecretBytes FormatJoinToken(const JoinToken& token) {
  ssh::Writer writer;
  writer.String(token.ca_id.text);
  token.seed.Expose([&](BytesView seed) { writer.String(seed); });
  writer.Uint32(static_cast<uint32_t>(token.addresses.size()));
  for (const std::string& address : token.addresses) writer.String(address);
  Bytes bytes = writer.Take();
  std::string text = std::string(kPrefix) + Base64UrlEncode(bytes);
  SecretBytes result = SecretBytes::CopyOf(AsBytes(text));
  Wipe(bytes);
  Wipe(text);
  return result;
}

absl::StatusOr<JoinToken> ParseJoinToken(const SecretBytes& text) {
  return text.Expose([](BytesView exposed) -> absl::StatusOr<JoinToken> {
    std::string_view trimmed = TrimBlanks(AsText(exposed));
    if (trimmed.size() > kMaxJoinTokenSize || !trimmed.starts_with(kPrefix)) return NotAToken();
    trimmed.remove_prefix(kPrefix.size());
    absl::StatusOr<Bytes> bytes = Base64UrlDecode(trimmed);
    if (!bytes.ok()) return NotAToken();
    absl::StatusOr<JoinToken> token = Decode(*bytes);
    Wipe(*bytes);
    if (!token.ok()) return NotAToken();
    return token;
  });
}

}  // namespace mayfly::client
