// Who listens on a Unix socket: tells a forwarded agent from one that runs here.
#ifndef MAYFLY_CLIENT_LOGIN_SOCKET_PEER_H_
#define MAYFLY_CLIENT_LOGIN_SOCKET_PEER_H_

#include <string>

#include "absl/status/statusor.h"

namespace mayfly::client {

// The command name of the process that listens on `path`, by the kernel's word: "ssh-agent", and
// "sshd" or "sshd-session" for an agent that is forwarded. An error when it cannot be told.
absl::StatusOr<std::string> ProcessBehindSocket(const std::string& path);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_SOCKET_PEER_H_
