#include "client/trust/trust_record.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "bundle/parts.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace mayfly::client {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr size_t kMaxName = 64;

// A member of `json` that must be text.
absl::StatusOr<std::string> Text(const Json& json, const char* member) {
  const auto found = json.find(member);
  if (found == json.end() || !found->is_string()) {
    return InvalidArgument(fmt::format("\"{}\" is missing, or not a string", member));
  }
  return found->get<std::string>();
}

absl::StatusOr<std::string> Binary(const Json& json, const char* member) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, Text(json, member));
  MAYFLY_ASSIGN_OR_RETURN(const Bytes bytes, Annotate(Base64Decode(text), member));
  return ToText(bytes);
}

}  // namespace

std::string TrustRecord::Serialize() const {
  const Json json = {{"version", kVersion},
                     {"name", name},
                     {"address", address},
                     {"ca_id", ca_id.text},
                     {"manifest", Base64Encode(AsBytes(manifest))},
                     {"signature", Base64Encode(AsBytes(signature))},
                     {"user_cas", Base64Encode(AsBytes(user_cas))},
                     {"host_cas", Base64Encode(AsBytes(host_cas))},
                     {"tls_pins", Base64Encode(AsBytes(tls_pins))}};
  return json.dump(2) + "\n";
}

absl::StatusOr<TrustRecord> TrustRecord::Parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return InvalidArgument("not a JSON object");
  const auto version = json.find("version");
  if (version == json.end() || *version != kVersion) {
    return InvalidArgument("written by another version of mayfly");
  }
  TrustRecord record;
  MAYFLY_ASSIGN_OR_RETURN(record.name, Text(json, "name"));
  MAYFLY_RETURN_IF_ERROR(CheckTrustName(record.name));
  MAYFLY_ASSIGN_OR_RETURN(record.address, Text(json, "address"));
  MAYFLY_ASSIGN_OR_RETURN(const std::string ca_id, Text(json, "ca_id"));
  MAYFLY_ASSIGN_OR_RETURN(record.ca_id, ssh::Fingerprint::Parse(ca_id));
  MAYFLY_ASSIGN_OR_RETURN(record.manifest, Binary(json, "manifest"));
  MAYFLY_ASSIGN_OR_RETURN(record.signature, Binary(json, "signature"));
  MAYFLY_ASSIGN_OR_RETURN(record.user_cas, Binary(json, "user_cas"));
  MAYFLY_ASSIGN_OR_RETURN(record.host_cas, Binary(json, "host_cas"));
  MAYFLY_ASSIGN_OR_RETURN(record.tls_pins, Binary(json, "tls_pins"));
  return record;
}

absl::Status CheckTrustName(std::string_view name) {
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
  // It becomes a file name.
  if (!fits || name.empty() || name.size() > kMaxName || name.front() == '.' ||
      name.front() == '-') {
    return InvalidArgument(
        fmt::format("\"{}\" is not a name for a CA: expected 1 to 64 of a-z 0-9 . _ -, not "
                    "starting with . or -",
                    EscapeForTerminal(name.substr(0, kMaxName))));
  }
  return absl::OkStatus();
}

absl::StatusOr<Sha256Digest> ParsePin(std::string_view pin) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!pin.starts_with(kPrefix)) return InvalidArgument("a TLS pin does not start with sha256:");
  MAYFLY_ASSIGN_OR_RETURN(const Bytes bytes, Base64Decode(pin.substr(kPrefix.size())));
  Sha256Digest digest;
  if (bytes.size() != digest.size()) return InvalidArgument("a TLS pin is not 32 bytes long");
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

absl::StatusOr<TrustedCa> TrustedCa::Verify(TrustRecord record) {
  TrustedCa ca;
  MAYFLY_ASSIGN_OR_RETURN(
      ca.manifest, bundle::VerifyManifest(AsBytes(record.manifest), AsBytes(record.signature),
                                          record.ca_id, absl::UnixEpoch(), /*min_version=*/0));
  const auto check = [&](bundle::PartKind kind, const std::string& contents) {
    return bundle::CheckPart(ca.manifest.part(kind), AsBytes(contents));
  };
  MAYFLY_RETURN_IF_ERROR(check(bundle::PartKind::kUserCas, record.user_cas));
  MAYFLY_RETURN_IF_ERROR(check(bundle::PartKind::kHostCas, record.host_cas));
  MAYFLY_RETURN_IF_ERROR(check(bundle::PartKind::kTlsPins, record.tls_pins));
  MAYFLY_ASSIGN_OR_RETURN(ca.user_cas, bundle::ParseCaKeys(AsBytes(record.user_cas)));
  MAYFLY_ASSIGN_OR_RETURN(ca.host_cas, bundle::ParseCaKeys(AsBytes(record.host_cas)));
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<std::string> pins,
                          bundle::ParseTlsPins(AsBytes(record.tls_pins)));
  for (const std::string& pin : pins) {
    MAYFLY_ASSIGN_OR_RETURN(const Sha256Digest digest, ParsePin(pin));
    ca.pins.insert(digest);
  }
  ca.record = std::move(record);
  return ca;
}

}  // namespace mayfly::client
