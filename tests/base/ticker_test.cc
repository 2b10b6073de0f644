#include "base/ticker.h"

#include <gtest/gtest.h>

#include <atomic>

namespace mayfly {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(TickerTest, TicksUntilItIsDestroyed) {
  std::atomic<int> ticks = 0;
  {
    const Ticker ticker(milliseconds(1), [&] { ++ticks; });
    while (ticks < 3) std::this_thread::sleep_for(milliseconds(1));
  }
  const int at_end = ticks;
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(ticks, at_end);
}

TEST(TickerTest, APauseEndsWithIt) {
  const auto start = steady_clock::now();
  {
    const Ticker ticker(std::chrono::hours(1), [] { FAIL() << "an hour is not over"; });
  }
  EXPECT_LT(steady_clock::now() - start, std::chrono::minutes(1));
}

}  // namespace
}  // namespace mayfly
