#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/file.h"
#include "base/network.h"
#include "base/status.h"
#include "ca/config/authenticator_loader.h"
#include "ca/config/config.h"
#include "ca/config/limits_loader.h"
#include "ca/config/token_loader.h"
#include "ca/model/principal.h"
#include "ca/model/subject.h"
#include "document/load.h"
#include "document/schema.h"
#include "document/source_map.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "mayfly/v1/config.pb.h"

namespace mayfly::config {
namespace {

using document::Diagnostics;
using document::ElementPath;
using document::FieldPath;
using document::SourceMap;

constexpr size_t kMaxWebhooks = 16;  // Each has a thread.

// Reads one message into Config, collecting mistakes instead of stopping at the first.
class Reader {
 public:
  Reader(const v1::ConfigFile& file, const SourceMap& map, std::string folder)
      : file_(file), map_(map), errors_(map.NewDiagnostics()), folder_(std::move(folder)) {}

  absl::StatusOr<Config> Read() {
    ReadAddresses();
    ReadPaths();
    config_.authenticators = ReadAuthenticators(file_, map_, folder_, errors_);
    ReadTimes();
    ReadLog();
    ReadWebhooks();
    ReadProxies();
    config_.directory = folder_.empty() ? "." : folder_;
    config_.limits = LoadLimits(file_.limits(), map_, errors_);
    config_.reflection = file_.reflection();
    config_.sandbox = file_.sandbox() != v1::CONFIG_SANDBOX_OFF;
    MAYFLY_RETURN_IF_ERROR(errors_.ToStatus());
    return std::move(config_);
  }

 private:
  void Wrong(const std::string& path, const std::string& message) {
    errors_.Add(map_.At(path, message));
  }

  std::string Resolve(const std::string& path, const std::string& by_default) const {
    return JoinPath(folder_, path.empty() ? by_default : path);
  }

  // HOST:PORT or [IPV6]:PORT. A host may be a name where clients connect, never where we listen.
  void CheckAddress(const std::string& path, const std::string& address, bool may_be_name) {
    const size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string::npos) {
      host.clear();  // An IPv6 address needs its brackets.
    }
    uint32_t port = 0;
    const char* end = address.data() + address.size();
    const char* digits = colon == std::string::npos ? end : address.data() + colon + 1;
    const auto [stop, code] = std::from_chars(digits, end, port);
    const bool port_fits = code == std::errc() && stop == end && port <= 65535;
    const bool host_fits =
        may_be_name ? model::CheckHostName(host).ok() : IpAddress::Parse(host).ok();
    if (port_fits && host_fits && (!may_be_name || port > 0)) return;
    Wrong(path,
          fmt::format("{} is not an address; expected one such as {}", document::Quote(address),
                      may_be_name ? "ca.example.com:7443" : "0.0.0.0:7443"));
  }

  void ReadAddresses() {
    config_.name = file_.name().empty() ? "Mayfly" : file_.name();
    if (file_.listen().empty()) Wrong("", "\"listen\" is missing: where is mayflyd to listen?");
    if (file_.addresses().empty()) {
      Wrong("", "\"addresses\" is missing: where do clients reach the CA?");
    }
    for (int i = 0; i < file_.listen_size(); ++i) {
      CheckAddress(ElementPath("listen", static_cast<size_t>(i)), file_.listen(i),
                   /*may_be_name=*/false);
      config_.listen.push_back(file_.listen(i));
    }
    for (int i = 0; i < file_.addresses_size(); ++i) {
      CheckAddress(ElementPath("addresses", static_cast<size_t>(i)), file_.addresses(i),
                   /*may_be_name=*/true);
      config_.addresses.push_back(file_.addresses(i));
    }
  }

  void ReadPaths() {
    config_.state_directory = Resolve(file_.state_directory(), "state");
    config_.keys_directory = Resolve(file_.keys_directory(), "keys");
    config_.policies_path = Resolve(file_.policies(), "policies");
    config_.tls_path = Resolve(file_.tls(), "tls.pem");
    config_.local_socket = file_.local_socket().empty()
                               ? JoinPath(config_.state_directory, "mayflyd.sock")
                               : Resolve(file_.local_socket(), "");
    if (!file_.passphrase().empty()) config_.passphrase = file_.passphrase();
    constexpr std::string_view kFile = "file:";
    if (config_.passphrase.starts_with(kFile)) {
      config_.passphrase =
          std::string(kFile) + Resolve(config_.passphrase.substr(kFile.size()), "");
    } else if (config_.passphrase != "prompt" && !config_.passphrase.starts_with("fd:") &&
               !config_.passphrase.starts_with("credential:")) {
      Wrong("passphrase", "expected prompt, file:PATH, fd:N or credential:NAME");
    }
  }

  absl::Duration Between(const google::protobuf::Duration& duration, const std::string& path,
                         absl::Duration least, absl::Duration most, std::string_view bounds) {
    const absl::Duration value = absl::Seconds(duration.seconds());
    if (value < least || value > most) Wrong(path, fmt::format("expected between {}", bounds));
    return value;
  }

  void ReadTimes() {
    if (file_.sessions().has_lifetime()) {
      config_.session_lifetime = Between(file_.sessions().lifetime(), "sessions.lifetime",
                                         absl::Minutes(1), absl::Hours(24), "1m and 24h");
    }
    if (file_.issuance().has_backdate()) {
      config_.backdate = Between(file_.issuance().backdate(), "issuance.backdate", absl::Seconds(1),
                                 absl::Minutes(5), "1s and 5m");
    }
    if (map_.Contains("issuance.min_rsa_bits")) {
      config_.min_rsa_bits = static_cast<int>(std::min(file_.issuance().min_rsa_bits(), 8193u));
      if (config_.min_rsa_bits < 2048 || config_.min_rsa_bits > 8192) {
        Wrong("issuance.min_rsa_bits", "expected 2048 to 8192");
      }
    }
    if (file_.bundle().has_valid_for()) {
      config_.bundle_valid_for = Between(file_.bundle().valid_for(), "bundle.valid_for",
                                         absl::Hours(1), absl::Hours(24 * 30), "1h and 30d");
    }
  }

  void ReadLog() {
    if (file_.log().format() == v1::CONFIG_LOG_FORMAT_JSON) config_.log_format = LogFormat::kJson;
    switch (file_.log().level()) {
      case v1::CONFIG_LOG_LEVEL_DEBUG:
        config_.log_level = LogLevel::kDebug;
        break;
      case v1::CONFIG_LOG_LEVEL_WARNING:
        config_.log_level = LogLevel::kWarning;
        break;
      case v1::CONFIG_LOG_LEVEL_ERROR:
        config_.log_level = LogLevel::kError;
        break;
      default:
        break;
    }
  }

  void ReadWebhooks() {
    std::set<std::string> names;
    for (int i = 0; i < file_.webhooks_size(); ++i) {
      const std::string path = ElementPath("webhooks", static_cast<size_t>(i));
      const v1::ConfigWebhook& from = file_.webhooks(i);
      Webhook to;
      to.name = from.name();
      to.url = from.url();
      // As an authenticator's name.
      if (!model::Subject::Create(model::SubjectKind::kUser, "x", from.name()).ok()) {
        Wrong(FieldPath(path, "name"),
              fmt::format("{} is not a name; expected 1 to 32 lower-case letters, digits or -",
                          document::Quote(from.name())));
      } else if (!names.insert(from.name()).second) {
        Wrong(FieldPath(path, "name"), "this name is there already");
      }
      if (!from.url().starts_with("https://") && !from.url().starts_with("http://")) {
        Wrong(FieldPath(path, "url"), "expected a URL as https://hooks.example.com/mayfly");
      }
      if (from.secret_file().empty()) {
        Wrong(path,
              "\"secret_file\" is missing: a webhook is signed, or anybody could speak for us");
      }
      to.secret_path = Resolve(from.secret_file(), "");
      if (!from.roots().empty()) to.roots_path = Resolve(from.roots(), "");
      for (const int event : from.events()) {
        to.events.push_back(
            document::EnumWord(*v1::ConfigWebhookEvent_descriptor()->FindValueByNumber(event)));
      }
      config_.webhooks.push_back(std::move(to));
    }
    if (config_.webhooks.size() > kMaxWebhooks) {
      Wrong("webhooks", fmt::format("at most {} webhooks", kMaxWebhooks));
    }
  }

  void ReadProxies() {
    for (int i = 0; i < file_.proxy_protocol_from_size(); ++i) {
      const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(file_.proxy_protocol_from(i));
      const std::string path = ElementPath("proxy_protocol_from", static_cast<size_t>(i));
      if (!network.ok()) {
        Wrong(path, Message(network.status()));
      } else if (network->prefix() == 0) {
        Wrong(path, "then anybody could say to come from anywhere; name the proxies");
      } else {
        config_.proxies.push_back(*network);
      }
    }
  }

  const v1::ConfigFile& file_;
  const SourceMap& map_;
  Diagnostics errors_;
  const std::string folder_;
  Config config_;
};

}  // namespace

absl::StatusOr<Config> LoadConfig(std::string_view text, const std::string& path) {
  v1::ConfigFile file;
  SourceMap map;
  MAYFLY_RETURN_IF_ERROR(document::Load(text, path, &file, &map));
  return Reader(file, map, std::filesystem::path(path).parent_path().string()).Read();
}

absl::StatusOr<Config> LoadConfigFile(const std::string& path) {
  constexpr size_t kMaxConfig = 1 << 20;
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxConfig);
  if (absl::IsNotFound(text.status())) {
    return NotFound(fmt::format("{}; for a new CA: mayflyd init; for another file: --config PATH",
                                Message(text.status())));
  }
  MAYFLY_RETURN_IF_ERROR(text.status());
  return LoadConfig(*text, path);
}

}  // namespace mayfly::config
