#include "ca/model/asked_digest.h"

#include <set>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "fmt/format.h"

namespace mayfly::model {
namespace {

// Every value with its length before it, so that no two wishes look alike.
class Encoder {
 public:
  void Text(std::string_view text) {
    const uint64_t size = text.size();
    for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(size >> shift & 0xff);
    out_ += text;
  }
  void Optional(const std::optional<std::string>& text) {
    Text(text ? "1" : "0");
    if (text) Text(*text);
  }
  // The order in which somebody writes a list says nothing.
  void Set(const std::vector<std::string>& texts) {
    const std::set<std::string> sorted(texts.begin(), texts.end());
    Text(std::to_string(sorted.size()));
    for (const std::string& text : sorted) Text(text);
  }
  const std::string& out() const { return out_; }

 private:
  std::string out_;
};

}  // namespace

std::string AskedDigest(const Subject& subject, ssh::CertificateKind kind, const Ask& ask) {
  Encoder encoder;
  encoder.Text("asked.v1@mayfly");
  encoder.Text(subject.ToString());
  encoder.Text(ssh::CertificateKindName(kind));
  encoder.Optional(ask.grant);
  encoder.Optional(ask.target_host);
  encoder.Set(ask.logins);
  encoder.Set(ask.principals);
  encoder.Text(ask.lifetime ? std::to_string(absl::ToInt64Seconds(*ask.lifetime)) : "");
  encoder.Text(ask.extensions ? "1" : "0");
  encoder.Set(ask.extensions.value_or(std::vector<std::string>()));
  encoder.Optional(ask.force_command);
  std::vector<std::string> networks;
  for (const IpNetwork& network : ask.source_addresses) networks.push_back(network.ToString());
  encoder.Set(networks);
  encoder.Text(ask.reason);
  return HexEncode(Sha256(AsBytes(encoder.out())));
}

}  // namespace mayfly::model
