#include "base/random.h"

#include <array>
#include <set>

#include "gtest/gtest.h"

namespace mayfly {
namespace {

// CVE-2011-0539: nonces of certificates that were whatever lay in memory.
TEST(SystemRandom, RepeatsNothingInTenThousandNonces) {
  SystemRandom random;
  std::set<Bytes> seen;
  std::array<std::set<uint8_t>, 32> values;
  for (int i = 0; i < 10000; ++i) {
    const Bytes nonce = random.Take(values.size());
    EXPECT_TRUE(seen.insert(nonce).second);
    for (size_t at = 0; at < values.size(); ++at) values[at].insert(nonce[at]);
  }
  // That one value is missing in one place is a chance of 10^-13.
  for (const std::set<uint8_t>& place : values) EXPECT_EQ(place.size(), 256u);
}

}  // namespace
}  // namespace mayfly
