#include "client/login/socket_peer.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::client {

absl::StatusOr<std::string> ProcessBehindSocket(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return InvalidArgument("not the path of a socket");
  }
  std::ranges::copy(path, address.sun_path);
  const FileDescriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connection.get() < 0) return ErrnoStatus(errno, "socket");
  if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return ErrnoStatus(errno, path);
  }
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0) {
    return ErrnoStatus(errno, path);
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string name,
                          ReadFile(fmt::format("/proc/{}/comm", peer.pid), 4096));
  return std::string(TrimBlanks(name));
}

}  // namespace mayfly::client
