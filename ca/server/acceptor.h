// Our own accept loops. gRPC 1.51's listener never accepts again once descriptors have run out
// (CVE-2023-4785), knows no limits per source, and tells nobody the uid behind a Unix socket.
#ifndef MAYFLY_CA_SERVER_ACCEPTOR_H_
#define MAYFLY_CA_SERVER_ACCEPTOR_H_

#include <sys/socket.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/log.h"
#include "base/network.h"
#include "ca/server/connection_table.h"
#include "ca/server/proxied_peers.h"

namespace mayfly::server {

// A new connection. Takes the descriptor over.
using TakeConnection = std::function<void(FileDescriptor connection)>;
using TakeLocalConnection = std::function<void(FileDescriptor connection, uid_t peer)>;

// Listens on one TCP address and accepts on a thread of its own until destroyed. `table` outlives
// it. Out of descriptors it backs off and goes on. A connection that `table` has no room for is
// closed at once, and logged at most once a second.
//
// A connection from one of `proxies` (null: there are none) must begin with a PROXY protocol v2
// header within five seconds; it is taken off, and the caller that it names counts as the source.
class TcpAcceptor {
 public:
  // `address` is HOST:PORT or [IPV6]:PORT with a numeric host; port 0 takes a free one.
  static absl::StatusOr<std::unique_ptr<TcpAcceptor>> Listen(const std::string& address,
                                                             ConnectionTable& table,
                                                             TakeConnection take, Log& log,
                                                             ProxiedPeers* proxies = nullptr);
  ~TcpAcceptor();
  // As bound: with the port that was free.
  const std::string& address() const { return address_; }
  int port() const { return port_; }

 private:
  // One connection of a proxy that has not said yet for whom.
  struct Announced {
    FileDescriptor connection;
    Bytes header;
    absl::Duration deadline;
    sockaddr_storage peer = {};
    std::pair<IpAddress, int> proxy;
  };
  TcpAcceptor(FileDescriptor listener, ConnectionTable& table, TakeConnection take, Log& log,
              ProxiedPeers* proxies);
  void Loop();
  void AcceptOne();
  void Admit(FileDescriptor connection, const sockaddr_storage& peer, const IpAddress& caller,
             std::optional<std::pair<IpAddress, int>> proxy);
  void Await(FileDescriptor connection, const sockaddr_storage& peer,
             std::pair<IpAddress, int> proxy);
  void ReadHeader(int fd);
  void DropLate();
  void Forget(int duplicate);

  FileDescriptor listener_, epoll_, wake_;
  ConnectionTable& table_;
  const TakeConnection take_;
  Log& log_;
  ProxiedPeers* const proxies_;
  std::string address_;
  int port_ = 0;
  std::map<int, Announced> announced_;  // By descriptor; the loop's own.
  std::set<int> duplicates_;            // Numbers of those that the table holds for this loop.
  // By the number of the duplicate; the loop's own.
  std::map<int, std::pair<IpAddress, int>> proxied_;
  int64_t last_refusal_logged_s_ = 0;
  std::thread thread_;
};

// Listens on a Unix socket (mode 0600, in a folder that the caller protects) and takes connections
// only from root and from our own uid, by SO_PEERCRED.
class LocalAcceptor {
 public:
  static absl::StatusOr<std::unique_ptr<LocalAcceptor>> Listen(const std::string& path,
                                                               TakeLocalConnection take, Log& log);
  ~LocalAcceptor();  // Removes the socket.

 private:
  LocalAcceptor(FileDescriptor listener, std::string path, TakeLocalConnection take, Log& log);
  void Loop();
  void AcceptOne();

  FileDescriptor listener_, wake_;
  const std::string path_;
  const TakeLocalConnection take_;
  Log& log_;
  std::thread thread_;
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_ACCEPTOR_H_
