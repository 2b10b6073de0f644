// Revocation lists.
#include <algorithm>
#include <limits>

#include "base/status.h"
#include "base/text.h"
#include "client/inspect/exhibit.h"
#include "fmt/format.h"
#include "ssh/krl.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxShown = 1000;  // Of each kind of entry; the counts are whole.

// "3, 5-9", and "…" after kMaxShown ranges.
std::string RangesText(const ssh::SerialSet& serials) {
  std::string text;
  size_t shown = 0;
  for (const ssh::SerialRange& range : serials.ranges()) {
    if (shown++ == kMaxShown) return text + ", …";
    if (!text.empty()) text += ", ";
    text += range.first == range.last ? std::to_string(range.first)
                                      : fmt::format("{}-{}", range.first, range.last);
  }
  return text;
}

nlohmann::ordered_json RangesJson(const ssh::SerialSet& serials) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const ssh::SerialRange& range : serials.ranges()) {
    json.push_back({{"first", std::to_string(range.first)}, {"last", std::to_string(range.last)}});
  }
  return json;
}

// What one CA's certificates are revoked by; `ca` empty = any CA's.
void ShowCa(const std::string& ca, const ssh::SerialSet& serials,
            const std::vector<std::string>& key_ids, Exhibit& exhibit) {
  if (serials.empty() && key_ids.empty()) return;
  exhibit.text += Row("of CA", ca.empty() ? "any" : ca);
  if (!serials.empty()) {
    exhibit.text += Row("serials", fmt::format("{}: {}", serials.size(), RangesText(serials)));
  }
  for (size_t i = 0; i < key_ids.size() && i < kMaxShown; ++i) {
    exhibit.text += Row("key ID", EscapeForTerminal(key_ids[i]));
  }
  nlohmann::ordered_json json = {{"ca", nullptr}};
  if (!ca.empty()) json["ca"] = ca;
  json["serials"] = RangesJson(serials);
  json["key_ids"] = key_ids;
  exhibit.json["certificates"].push_back(std::move(json));
}

void ShowHashes(std::string_view label, const std::vector<std::string>& hashes, Exhibit& exhibit) {
  for (size_t i = 0; i < hashes.size() && i < kMaxShown; ++i) {
    exhibit.text += Row(label, hashes[i]);
  }
}

absl::Time GeneratedAt(const ssh::Krl& krl) {
  return absl::FromUnixSeconds(static_cast<int64_t>(std::min<uint64_t>(
      krl.generated_unix_s, static_cast<uint64_t>(std::numeric_limits<int32_t>::max()) * 100)));
}

}  // namespace

absl::StatusOr<Exhibit> ShowKrl(std::string_view file) {
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Krl krl, ssh::Krl::Parse(AsBytes(file)));
  std::vector<std::string> keys, sha256, sha1;
  for (const ssh::PublicKey& key : krl.keys) keys.push_back(key.Fingerprint().text);
  for (const Bytes& blob : krl.other_keys) keys.push_back(ssh::FingerprintOf(blob).text);
  for (const Sha256Digest& hash : krl.sha256s) {
    sha256.push_back("SHA256:" + Base64EncodeUnpadded(hash));
  }
  for (const ssh::Sha1Digest& hash : krl.sha1s)
    sha1.push_back("SHA1:" + Base64EncodeUnpadded(hash));
  Exhibit exhibit;
  exhibit.text = "key revocation list\n" + Row("version", std::to_string(krl.version)) +
                 Row("made", TimeText(GeneratedAt(krl))) +
                 Row("comment", EscapeForTerminal(krl.comment)) +
                 Row("size", fmt::format("{} bytes", file.size()));
  exhibit.json = {{"type", "krl"},
                  {"version", std::to_string(krl.version)},
                  {"generated_at", TimeText(GeneratedAt(krl))},
                  {"comment", krl.comment},
                  {"certificates", nlohmann::ordered_json::array()},
                  {"keys", keys},
                  {"sha256", sha256},
                  {"sha1", sha1}};
  ShowCa("", krl.serials, krl.key_ids, exhibit);
  for (const ssh::CaRevocations& of : krl.cas) {
    ShowCa(of.ca.Fingerprint().text, of.serials, of.key_ids, exhibit);
  }
  ShowHashes("key", keys, exhibit);
  ShowHashes("hash", sha256, exhibit);
  ShowHashes("hash", sha1, exhibit);
  if (exhibit.json["certificates"].empty() && keys.empty() && sha256.empty() && sha1.empty()) {
    exhibit.text += Row("revokes", "nothing");
  }
  return exhibit;
}

}  // namespace mayfly::client
