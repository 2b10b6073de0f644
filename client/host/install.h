#ifndef MAYFLY_CLIENT_HOST_INSTALL_H_
#define MAYFLY_CLIENT_HOST_INSTALL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/host/host_bundle.h"
#include "client/host/host_plan.h"
#include "client/host/host_state.h"
#include "client/host/sshd.h"
#include "ssh/certificate.h"

namespace mayfly::client {

struct Installation {
  std::vector<std::string> changed;  // Paths that were written.
  std::string reloaded;              // How sshd was told; empty when none runs.
};

// Installs the files, has them read by OpenSSH and tested by sshd, and only then makes sshd read
// them. Whatever fails, everything is put back as it was.
absl::StatusOr<Installation> Install(const Sshd& sshd, const HostPaths& paths,
                                     const HostBundle& bundle, const std::vector<HostKey>& keys,
                                     const std::vector<ssh::Certificate>& certificates,
                                     const std::string& directory, const HostState& state);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_INSTALL_H_
