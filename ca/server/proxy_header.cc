#include "ca/server/proxy_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "base/status.h"

namespace mayfly::server {
namespace {

constexpr std::array<uint8_t, 12> kSignature = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr uint8_t kVersionLocal = 0x20;
constexpr uint8_t kVersionProxy = 0x21;
constexpr uint8_t kTcp4 = 0x11;
constexpr uint8_t kTcp6 = 0x21;

absl::StatusOr<std::optional<IpAddress>> AddressAt(int family, BytesView bytes) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr) {
    return InvalidArgument("PROXY header: no address");
  }
  MAYFLY_ASSIGN_OR_RETURN(const IpAddress address, IpAddress::Parse(text.data()));
  return std::optional<IpAddress>(address);
}

}  // namespace

absl::StatusOr<size_t> ProxyHeaderSize(BytesView prefix) {
  if (prefix.size() < kProxyPrefix || !std::ranges::equal(prefix.first(12), kSignature)) {
    return InvalidArgument("no PROXY protocol v2 header");
  }
  if (prefix[12] != kVersionLocal && prefix[12] != kVersionProxy) {
    return InvalidArgument("PROXY header: another version or command");
  }
  const size_t size = kProxyPrefix + (size_t{prefix[14]} << 8 | prefix[15]);
  if (size > kMaxProxyHeader) return InvalidArgument("PROXY header: too long");
  return size;
}

absl::StatusOr<std::optional<IpAddress>> ParseProxyHeader(BytesView header) {
  MAYFLY_ASSIGN_OR_RETURN(const size_t size, ProxyHeaderSize(header));
  if (header.size() != size) return InvalidArgument("PROXY header: cut off");
  if (header[12] == kVersionLocal) return std::optional<IpAddress>();
  const BytesView addresses = header.subspan(kProxyPrefix);
  // Source, destination, two ports.
  if (header[13] == kTcp4 && addresses.size() >= 12) return AddressAt(AF_INET, addresses);
  if (header[13] == kTcp6 && addresses.size() >= 36) return AddressAt(AF_INET6, addresses);
  return InvalidArgument("PROXY header: expected TCP over IPv4 or IPv6");
}

}  // namespace mayfly::server
