// The PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt): how a proxy says who calls.
#ifndef MAYFLY_CA_SERVER_PROXY_HEADER_H_
#define MAYFLY_CA_SERVER_PROXY_HEADER_H_

#include <cstddef>
#include <optional>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/network.h"

namespace mayfly::server {

inline constexpr size_t kProxyPrefix = 16;  // Signature, command, family, length.
// Addresses and what proxies add (TLVs); the protocol allows 64 KiB, which nobody sends.
inline constexpr size_t kMaxProxyHeader = 2048;

// The size of the whole header, from its first kProxyPrefix bytes. kInvalidArgument when they are
// none: no signature, another version, longer than kMaxProxyHeader.
absl::StatusOr<size_t> ProxyHeaderSize(BytesView prefix);

// The caller's address, from a whole header; nullopt for a connection of the proxy's own (LOCAL: a
// health check). kInvalidArgument for other families than TCP over IPv4 and IPv6, and for a header
// that is too short for its addresses.
absl::StatusOr<std::optional<IpAddress>> ParseProxyHeader(BytesView header);

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_PROXY_HEADER_H_
