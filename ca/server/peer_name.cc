#include "ca/server/peer_name.h"

namespace mayfly::server {

std::string WithoutZone(std::string_view grpc_peer) {
  constexpr std::string_view kOpen = "%5B";
  size_t begin = grpc_peer.find(kOpen);
  begin = begin == grpc_peer.npos ? grpc_peer.find('[') : begin + kOpen.size();
  if (!grpc_peer.starts_with("ipv6:") || begin == grpc_peer.npos) return std::string(grpc_peer);
  const size_t zone = grpc_peer.find('%', begin);
  size_t end = grpc_peer.rfind("%5D");
  if (end == grpc_peer.npos) end = grpc_peer.rfind(']');
  if (zone == grpc_peer.npos || end == grpc_peer.npos || zone >= end) return std::string(grpc_peer);
  return std::string(grpc_peer.substr(0, zone)) + std::string(grpc_peer.substr(end));
}

}  // namespace mayfly::server
