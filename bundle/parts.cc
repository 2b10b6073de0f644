#include "bundle/parts.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "mayfly/v1/bundle.pb.h"

namespace mayfly::bundle {
namespace {

constexpr std::string_view kPinPrefix = "sha256:";

absl::Status CheckPin(const std::string& pin) {
  if (pin.starts_with(kPinPrefix)) {
    const auto digest = Base64Decode(std::string_view(pin).substr(kPinPrefix.size()));
    if (digest.ok() && digest->size() == Sha256Digest().size()) return absl::OkStatus();
  }
  return InvalidArgument(fmt::format("TLS pins: '{}' is not sha256: and the base64 of 32 bytes",
                                     EscapeForTerminal(std::string_view(pin).substr(0, 64))));
}

}  // namespace

Bytes EncodeCaKeys(const std::vector<ssh::PublicKey>& keys) {
  std::string text;
  for (const ssh::PublicKey& key : keys) text += key.Line() + "\n";
  return ToBytes(text);
}

absl::StatusOr<std::vector<ssh::PublicKey>> ParseCaKeys(BytesView contents) {
  std::vector<ssh::PublicKey> keys;
  for (const std::string& line : SplitLines(AsText(contents))) {
    const std::string where = fmt::format("CA keys, line {}", keys.size() + 1);
    if (keys.size() == kMaxCaKeys) {
      return InvalidArgument(fmt::format("{}: more than {} keys", where, kMaxCaKeys));
    }
    MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey key, Annotate(ssh::PublicKey::ParseLine(line), where));
    if (std::ranges::find(keys, key) != keys.end()) {
      return InvalidArgument(where + ": this key stands here twice");
    }
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return InvalidArgument("CA keys: there is none");
  // What sshd reads and what was checked here must be the same text.
  if (!Equal(EncodeCaKeys(keys), contents)) {
    return InvalidArgument("CA keys: expected lines of type and base64, without comments");
  }
  return keys;
}

Bytes EncodeTlsPins(const std::vector<std::string>& pins) {
  v1::TlsPins proto;
  for (const std::string& pin : pins) proto.add_pins(pin);
  return ToBytes(proto.SerializeAsString());
}

absl::StatusOr<std::vector<std::string>> ParseTlsPins(BytesView contents) {
  v1::TlsPins proto;
  if (contents.size() > kMaxTlsPins * 128 ||
      !proto.ParseFromArray(contents.data(), static_cast<int>(contents.size()))) {
    return InvalidArgument("TLS pins: not a message of mayfly.v1.TlsPins");
  }
  if (proto.pins_size() == 0) return InvalidArgument("TLS pins: there is none");
  if (static_cast<size_t>(proto.pins_size()) > kMaxTlsPins) {
    return InvalidArgument(fmt::format("TLS pins: more than {}", kMaxTlsPins));
  }
  std::vector<std::string> pins(proto.pins().begin(), proto.pins().end());
  for (const std::string& pin : pins) MAYFLY_RETURN_IF_ERROR(CheckPin(pin));
  return pins;
}

}  // namespace mayfly::bundle
