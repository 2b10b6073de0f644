// Who calls, where a proxy stands in between.
#ifndef MAYFLY_CA_SERVER_PROXIED_PEERS_H_
#define MAYFLY_CA_SERVER_PROXIED_PEERS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/network.h"
#include "ca/model/fact.h"

namespace mayfly::server {

// Written by the acceptor, which reads PROXY headers, read by calls, to whom gRPC only tells the
// proxy's address and port. Thread-safe.
class ProxiedPeers {
 public:
  explicit ProxiedPeers(std::vector<IpNetwork> proxies) : proxies_(std::move(proxies)) {}

  bool IsProxy(const IpAddress& address) const;
  // False when the proxy has this port open already, to another address of ours: gRPC could not
  // tell the two callers apart.
  bool Set(const IpAddress& proxy, int port, const IpAddress& caller);
  void Forget(const IpAddress& proxy, int port);
  // Of gRPC's text (PeerAddress), with a proxy's address replaced by that of whom it speaks for;
  // unknown when it has not said.
  model::Fact<IpAddress> CallerOf(const std::string& grpc_peer) const;

 private:
  const std::vector<IpNetwork> proxies_;
  mutable Mutex mutex_;
  std::map<std::pair<IpAddress, int>, IpAddress> callers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_PROXIED_PEERS_H_
