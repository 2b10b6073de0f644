// gRPC's text of the other end of a connection.
#ifndef MAYFLY_CA_SERVER_PEER_NAME_H_
#define MAYFLY_CA_SERVER_PEER_NAME_H_

#include <string>
#include <string_view>

namespace mayfly::server {

// "ipv6:%5Bfe80::1%252%5D:4711" without its zone, the number of an interface here: it says nothing
// of the caller, and gRPC's versions write it in several ways. Everything else as it is.
std::string WithoutZone(std::string_view grpc_peer);

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_PEER_NAME_H_
