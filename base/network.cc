#include "base/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

bool SamePrefix(const std::array<uint8_t, 16>& a, const std::array<uint8_t, 16>& b, int bits) {
  const size_t whole = static_cast<size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) {
    return false;
  }
  if (bits % 8 == 0) return true;
  const uint8_t mask = static_cast<uint8_t>(0xff << (8 - bits % 8));
  return (a[whole] & mask) == (b[whole] & mask);
}

}  // namespace

absl::StatusOr<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string copy(text);
  IpAddress address;
  in_addr v4 = {};
  in6_addr v6 = {};
  if (copy.find('\0') == std::string::npos && copy.size() < INET6_ADDRSTRLEN) {
    if (inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
      const auto* bytes = reinterpret_cast<const uint8_t*>(&v4);
      std::copy_n(bytes, 4, address.bytes_.begin());
      return address;
    }
    if (inet_pton(AF_INET6, copy.c_str(), &v6) == 1) {
      if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        std::copy_n(v6.s6_addr + 12, 4, address.bytes_.begin());
        return address;
      }
      address.ipv4_ = false;
      std::copy_n(v6.s6_addr, 16, address.bytes_.begin());
      return address;
    }
  }
  return InvalidArgument(
      fmt::format("'{}' is not an IP address", EscapeForTerminal(text.substr(0, 64))));
}

std::string IpAddress::ToString() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(ipv4_ ? AF_INET : AF_INET6, bytes_.data(), buffer, sizeof buffer);
  return buffer;
}

absl::StatusOr<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  IpNetwork network;
  absl::StatusOr<IpAddress> address = IpAddress::Parse(text.substr(0, slash));
  const absl::Status error =
      InvalidArgument(fmt::format("'{}' is not a network; expected one such as 10.0.0.0/8",
                                  EscapeForTerminal(text.substr(0, 64))));
  if (!address.ok()) return error;
  network.address_ = *address;
  network.prefix_ = address->bits();
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix_);
    if (code != std::errc() || end != digits.data() + digits.size() || digits.front() == '-' ||
        (digits.size() > 1 && digits.front() == '0') || network.prefix_ > address->bits()) {
      return error;
    }
  }
  IpNetwork masked = network;
  for (int bit = network.prefix_; bit < address->bits(); ++bit) {
    masked.address_.bytes_[static_cast<size_t>(bit / 8)] &=
        static_cast<uint8_t>(~(0x80 >> bit % 8));
  }
  if (masked != network) {
    return InvalidArgument(fmt::format("'{}' has bits set beyond its prefix; expected {}",
                                       EscapeForTerminal(text), masked.ToString()));
  }
  return network;
}

bool IpNetwork::Contains(const IpAddress& address) const {
  return address.ipv4_ == address_.ipv4_ && SamePrefix(address.bytes_, address_.bytes_, prefix_);
}

bool IpNetwork::Contains(const IpNetwork& other) const {
  return other.prefix_ >= prefix_ && Contains(other.address_);
}

std::string IpNetwork::ToString() const {
  return fmt::format("{}/{}", address_.ToString(), prefix_);
}

}  // namespace mayfly
