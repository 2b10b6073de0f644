#ifndef MAYFLY_CLIENT_HOST_HOST_STATE_H_
#define MAYFLY_CLIENT_HOST_HOST_STATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/model/subject.h"

namespace mayfly::client {

// What an enrolled host remembers: whom it trusts, who it is, where its files are. No secret. Kept
// as JSON in DIRECTORY/mayfly/host.json.
struct HostState {
  std::vector<std::string> addresses;  // Of the CA.
  std::string ca_id;
  std::vector<std::string> tls_pins;
  uint64_t bundle_version = 0;  // The newest seen: an older one is a rollback.
  std::string hostname;
  model::Labels labels;
  std::vector<std::string> principals;  // As asked; empty = all of the grant's.
  std::string sshd_config;
  std::string pid_file;

  std::string ToJson() const;
  // kInvalidArgument.
  static absl::StatusOr<HostState> FromJson(const std::string& text);
  friend bool operator==(const HostState&, const HostState&) = default;
};

std::string HostStatePath(const std::string& directory);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_HOST_STATE_H_
