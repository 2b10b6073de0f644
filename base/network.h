// IP addresses and networks.
#ifndef MAYFLY_BASE_NETWORK_H_
#define MAYFLY_BASE_NETWORK_H_

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace mayfly {

// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) becomes its IPv4 form, so
// that one peer has one spelling.
class IpAddress {
 public:
  // Strict textual form (inet_pton), no zone, no brackets, no port.
  static absl::StatusOr<IpAddress> Parse(std::string_view text);
  bool is_ipv4() const { return ipv4_; }
  int bits() const { return ipv4_ ? 32 : 128; }
  std::string ToString() const;  // Canonical (inet_ntop).
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  friend class IpNetwork;
  bool ipv4_ = true;
  std::array<uint8_t, 16> bytes_ = {};  // IPv4 in the first four.
};

// A network in CIDR form. An address alone is its /32 or /128.
class IpNetwork {
 public:
  // kInvalidArgument also when bits beyond the prefix are set (10.0.0.1/8), naming the right form:
  // sshd refuses such a source-address only at login.
  static absl::StatusOr<IpNetwork> Parse(std::string_view text);
  bool Contains(const IpAddress& address) const;
  bool Contains(const IpNetwork& other) const;
  int prefix() const { return prefix_; }
  const IpAddress& address() const { return address_; }
  std::string ToString() const;  // Always with its prefix length.
  friend auto operator<=>(const IpNetwork&, const IpNetwork&) = default;

 private:
  IpAddress address_;
  int prefix_ = 0;
};

}  // namespace mayfly

#endif  // MAYFLY_BASE_NETWORK_H_
