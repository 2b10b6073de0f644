// `mayfly ssh-config`: what makes plain ssh know the CA's hosts, and log in when it must.
#ifndef MAYFLY_CLIENT_TRUST_SSH_CONFIG_H_
#define MAYFLY_CLIENT_TRUST_SSH_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/context.h"

namespace mayfly::client {

struct SshConfigOptions {
  std::vector<std::string> patterns;  // Of hosts; at least one.
  bool login = false;                 // Also log in, when ssh finds no valid certificate.
};

// Prints a snippet for ~/.ssh/config, for the chosen CA: ssh asks `mayfly trust print` for the host
// CA keys (KnownHostsCommand, OpenSSH 8.5 and later), which reads what this user trusts and no
// network, so a rotated host CA needs no edit anywhere.
absl::Status PrintSshConfig(const Context& context, const SshConfigOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_TRUST_SSH_CONFIG_H_
