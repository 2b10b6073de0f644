// Arithmetic on addresses, by which analyses find one that stands for many.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_ADDRESSES_H_
#define MAYFLY_CA_POLICY_ANALYSIS_ADDRESSES_H_

#include <optional>
#include <vector>

#include "base/network.h"

namespace mayfly::policy {

IpAddress LastOf(const IpNetwork& network);
// The address after this one, of the same kind; none after the last.
std::optional<IpAddress> AddressAfter(const IpAddress& address);

// An address of `network` that is in none of `inner`, which are networks within it; none when they
// leave nothing over.
std::optional<IpAddress> AddressOutside(const IpNetwork& network,
                                        const std::vector<IpNetwork>& inner);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_ADDRESSES_H_
