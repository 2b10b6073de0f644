// The sshd of this host: what its configuration says in the end, whether it is sound, and how to
// make it read it again.
#ifndef MAYFLY_CLIENT_HOST_SSHD_H_
#define MAYFLY_CLIENT_HOST_SSHD_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mayfly::client {

// Blocks while it runs `sshd`. Not thread-safe.
class Sshd {
 public:
  // `config` is its main configuration file. Without `reload`, Reload does nothing.
  Sshd(std::string config, std::string pid_file, bool reload)
      : config_(std::move(config)), pid_file_(std::move(pid_file)), reload_(reload) {}

  // Every keyword as sshd understands it (`sshd -T`), lower-case, in order. kFailedPrecondition
  // with sshd's own words when the configuration is not sound as it stands.
  absl::StatusOr<std::multimap<std::string, std::string>> EffectiveConfiguration() const;
  // `sshd -t`.
  absl::Status Test() const;
  // Makes it read configuration and certificates again; connections stay. By the pid file when it
  // names a running process, else by systemctl (ssh, then sshd). Returns how, for the talk; empty
  // when nothing runs (a host that boots: sshd starts later).
  absl::StatusOr<std::string> Reload() const;

 private:
  const std::string config_;
  const std::string pid_file_;
  const bool reload_;
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_SSHD_H_
