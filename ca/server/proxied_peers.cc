#include "ca/server/proxied_peers.h"

#include <algorithm>
#include <charconv>

#include "ca/server/call_reader.h"

namespace mayfly::server {

bool ProxiedPeers::IsProxy(const IpAddress& address) const {
  return std::ranges::any_of(proxies_,
                             [&](const IpNetwork& network) { return network.Contains(address); });
}

bool ProxiedPeers::Set(const IpAddress& proxy, int port, const IpAddress& caller) {
  MutexLock lock(mutex_);
  return callers_.emplace(std::pair(proxy, port), caller).second;
}

void ProxiedPeers::Forget(const IpAddress& proxy, int port) {
  MutexLock lock(mutex_);
  callers_.erase({proxy, port});
}

model::Fact<IpAddress> ProxiedPeers::CallerOf(const std::string& grpc_peer) const {
  const model::Fact<IpAddress> peer = PeerAddress(grpc_peer);
  if (!peer.known() || !IsProxy(peer.value())) return peer;
  int port = 0;
  const size_t colon = grpc_peer.rfind(':') + 1;
  std::from_chars(grpc_peer.data() + colon, grpc_peer.data() + grpc_peer.size(), port);
  MutexLock lock(mutex_);
  const auto found = callers_.find({peer.value(), port});
  return found == callers_.end() ? model::Fact<IpAddress>::Unknown()
                                 : model::Fact<IpAddress>::Known(found->second);
}

}  // namespace mayfly::server
