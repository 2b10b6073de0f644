#include "ca/policy/analysis/addresses.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace mayfly::policy {
namespace {

using AddressBytes = std::array<uint8_t, 16>;

AddressBytes BytesOf(const IpAddress& address) {
  AddressBytes bytes = {};
  inet_pton(address.is_ipv4() ? AF_INET : AF_INET6, address.ToString().c_str(), bytes.data());
  return bytes;
}

IpAddress AddressOf(const AddressBytes& bytes, bool ipv4) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(ipv4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  return IpAddress::Parse(text).value();
}

}  // namespace

IpAddress LastOf(const IpNetwork& network) {
  AddressBytes bytes = BytesOf(network.address());
  for (int bit = network.prefix(); bit < network.address().bits(); ++bit) {
    bytes[static_cast<size_t>(bit / 8)] |= static_cast<uint8_t>(0x80 >> bit % 8);
  }
  return AddressOf(bytes, network.address().is_ipv4());
}

std::optional<IpAddress> AddressAfter(const IpAddress& address) {
  AddressBytes bytes = BytesOf(address);
  for (int i = address.bits() / 8; i-- > 0;) {
    if (++bytes[static_cast<size_t>(i)] == 0) continue;
    IpAddress next = AddressOf(bytes, address.is_ipv4());
    // ::ffff:0:0/96 reads as IPv4, which is another family: nobody calls from there.
    if (next.is_ipv4() != address.is_ipv4()) return std::nullopt;
    return next;
  }
  return std::nullopt;
}

std::optional<IpAddress> AddressOutside(const IpNetwork& network,
                                        const std::vector<IpNetwork>& inner) {
  std::optional<IpAddress> candidate = network.address();
  while (candidate && network.Contains(*candidate)) {
    // The widest around it: others lie within it.
    const IpNetwork* around = nullptr;
    for (const IpNetwork& one : inner) {
      if (one.Contains(*candidate) && (around == nullptr || one.prefix() < around->prefix())) {
        around = &one;
      }
    }
    if (around == nullptr) return candidate;
    candidate = AddressAfter(LastOf(*around));
  }
  return std::nullopt;
}

}  // namespace mayfly::policy
