#include "ca/authn/replay_cache.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace mayfly::authn {
namespace {

constexpr absl::Time kNow = absl::FromUnixSeconds(1772442000);

Sha256Digest Digest(int i) {
  const uint8_t bytes[] = {static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)};
  return Sha256(bytes);
}

TEST(ReplayCache, ForgetsWhatHasExpiredAndNothingElse) {
  ReplayCache cache(10);
  EXPECT_EQ(cache.Remember(Digest(1), kNow + absl::Seconds(5), kNow), ReplayCache::Answer::kNew);
  EXPECT_EQ(cache.Remember(Digest(2), kNow + absl::Seconds(90), kNow), ReplayCache::Answer::kNew);
  const absl::Time expiry = kNow + absl::Seconds(5);
  EXPECT_EQ(cache.Remember(Digest(1), expiry, expiry), ReplayCache::Answer::kKnown);
  const absl::Time later = expiry + DigestWindow::kSlot;
  EXPECT_EQ(cache.Remember(Digest(3), later, later), ReplayCache::Answer::kNew);
  EXPECT_FALSE(cache.Contains(Digest(1)));
  EXPECT_TRUE(cache.Contains(Digest(2)));
  EXPECT_EQ(cache.size(), 2u);
}

TEST(ReplayCache, RefusesRatherThanForgets) {
  ReplayCache cache(2);
  cache.Remember(Digest(1), kNow + absl::Seconds(5), kNow);
  cache.Remember(Digest(2), kNow + absl::Seconds(5), kNow);
  EXPECT_EQ(cache.Remember(Digest(3), kNow + absl::Seconds(5), kNow), ReplayCache::Answer::kFull);
  EXPECT_EQ(cache.Remember(Digest(1), kNow + absl::Seconds(5), kNow),
            ReplayCache::Answer::kKnown);  // Known even when full.
  EXPECT_TRUE(cache.Contains(Digest(1)));
  EXPECT_EQ(cache.size(), 2u);
}

TEST(ReplayCache, LetsExactlyOneOfManyThreadsThrough) {
  ReplayCache cache(1000);
  std::atomic<int> accepted = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        if (cache.Remember(Digest(i), kNow + absl::Seconds(5), kNow) == ReplayCache::Answer::kNew) {
          ++accepted;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 200);
}

}  // namespace
}  // namespace mayfly::authn
