#include "base/digest_window.h"

#include "gtest/gtest.h"

namespace mayfly {
namespace {

constexpr absl::Time kNow = absl::FromUnixSeconds(1772442000);
using Answer = DigestWindow::Answer;

Sha256Digest Digest(int i) {
  const uint8_t bytes[] = {static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8),
                           static_cast<uint8_t>(i >> 16)};
  return Sha256(bytes);
}

TEST(DigestWindow, ForgetsNothingEarlyAndNothingMuchLater) {
  DigestWindow window(10);
  EXPECT_EQ(window.Insert(Digest(1), kNow + absl::Seconds(5), kNow), Answer::kNew);
  EXPECT_EQ(window.Insert(Digest(2), kNow + absl::Minutes(2), kNow), Answer::kNew);
  const absl::Time expiry = kNow + absl::Seconds(5);
  EXPECT_EQ(window.Insert(Digest(1), expiry, expiry), Answer::kKnown);
  const absl::Time later = expiry + DigestWindow::kSlot;
  EXPECT_EQ(window.Insert(Digest(3), later, later), Answer::kNew);
  EXPECT_FALSE(window.Contains(Digest(1)));
  EXPECT_TRUE(window.Contains(Digest(2)));
  EXPECT_EQ(window.size(), 2u);
}

TEST(DigestWindow, KnowsADigestWhateverItsExpiryIsSaidToBe) {
  DigestWindow window(10);
  window.Insert(Digest(1), kNow + absl::Seconds(5), kNow);
  EXPECT_EQ(window.Insert(Digest(1), kNow + absl::Minutes(4), kNow), Answer::kKnown);
  EXPECT_EQ(window.size(), 1u);
}

TEST(DigestWindow, RefusesRatherThanForgets) {
  DigestWindow window(2);
  window.Insert(Digest(1), kNow + absl::Seconds(5), kNow);
  window.Insert(Digest(2), kNow + absl::Seconds(5), kNow);
  EXPECT_EQ(window.Insert(Digest(3), kNow + absl::Seconds(5), kNow), Answer::kFull);
  EXPECT_EQ(window.Insert(Digest(1), kNow + absl::Seconds(5), kNow), Answer::kKnown);
  EXPECT_FALSE(window.Contains(Digest(3)));
  EXPECT_EQ(window.size(), 2u);
}

// Through many growths, each digest is found and no other.
TEST(DigestWindow, TellsAHundredThousandApart) {
  DigestWindow window(100000);
  for (int i = 0; i < 100000; ++i) {
    ASSERT_EQ(window.Insert(Digest(i), kNow + absl::Seconds(i % 240), kNow), Answer::kNew) << i;
  }
  for (int i = 0; i < 100000; ++i) ASSERT_TRUE(window.Contains(Digest(i))) << i;
  for (int i = 100000; i < 200000; ++i) ASSERT_FALSE(window.Contains(Digest(i))) << i;
}

}  // namespace
}  // namespace mayfly
