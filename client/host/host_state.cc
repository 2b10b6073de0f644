#include "client/host/host_state.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/status.h"
#include "ssh/public_key.h"

namespace mayfly::client {
namespace {

// A file of another shape was not written by us, or by a later version.
constexpr int kVersion = 1;

}  // namespace

std::string HostState::ToJson() const {
  const nlohmann::ordered_json json = {
      {"version", kVersion},  {"addresses", addresses},           {"ca_id", ca_id},
      {"tls_pins", tls_pins}, {"bundle_version", bundle_version}, {"hostname", hostname},
      {"labels", labels},     {"principals", principals},         {"sshd_config", sshd_config},
      {"pid_file", pid_file}};
  return json.dump(2) + "\n";
}

absl::StatusOr<HostState> HostState::FromJson(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    if (json.is_discarded() || json.at("version").get<int>() != kVersion) {
      return InvalidArgument("not the state of an enrolled host, or of a later version");
    }
    HostState state;
    json.at("addresses").get_to(state.addresses);
    json.at("ca_id").get_to(state.ca_id);
    json.at("tls_pins").get_to(state.tls_pins);
    json.at("bundle_version").get_to(state.bundle_version);
    json.at("hostname").get_to(state.hostname);
    json.at("labels").get_to(state.labels);
    json.at("principals").get_to(state.principals);
    json.at("sshd_config").get_to(state.sshd_config);
    json.at("pid_file").get_to(state.pid_file);
    MAYFLY_RETURN_IF_ERROR(ssh::Fingerprint::Parse(state.ca_id).status());
    if (state.addresses.empty()) return InvalidArgument("no address of the CA");
    return state;
  } catch (const nlohmann::json::exception&) {
    return InvalidArgument("not the state of an enrolled host");
  }
}

std::string HostStatePath(const std::string& directory) {
  return JoinPath(directory, "mayfly/host.json");
}

}  // namespace mayfly::client
