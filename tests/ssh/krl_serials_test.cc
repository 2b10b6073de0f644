// Sets of serials and their smallest encoding.
#include "ssh/krl_serials.h"

#include <algorithm>
#include <random>

#include "fmt/format.h"
#include "ssh/krl.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kLast = ~uint64_t{0};

SerialSet Ranges(std::vector<SerialRange> ranges) {
  return *SerialSet::OfRanges(std::move(ranges));
}

TEST(SerialSet, MergesWhatOverlapsOrTouches) {
  EXPECT_THAT(Ranges({{599, 701}, {500, 500}, {501, 600}, {700, 797}, {5, 5}, {799, 799}}).ranges(),
              ElementsAre(SerialRange{5, 5}, SerialRange{500, 797}, SerialRange{799, 799}));
  EXPECT_THAT(Ranges({{1, 9}, {2, 3}}).ranges(), ElementsAre(SerialRange{1, 9}));
}

TEST(SerialSet, ReachesTheLastSerial) {
  const SerialSet all = Ranges({{2, kLast}, {1, 1}, {kLast, kLast}});
  EXPECT_THAT(all.ranges(), ElementsAre(SerialRange{1, kLast}));
  EXPECT_EQ(all.size(), kLast);
  EXPECT_TRUE(all.Contains(1));
  EXPECT_TRUE(all.Contains(kLast));
  EXPECT_FALSE(all.Contains(0));
}

TEST(SerialSet, RefusesSerialZeroAndBackwardRanges) {
  EXPECT_THAT(SerialSet::OfSerials({5, 0}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("serial 0")));
  EXPECT_THAT(SerialSet::OfRanges({{5, 4}}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("5-4")));
}

TEST(SerialSet, ContainsExactlyWhatItWasMadeOf) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<uint64_t> a, b;
    for (int i = 0; i < 40; ++i) a.push_back(1 + random() % 200);
    for (int i = 0; i < 40; ++i) b.push_back(1 + random() % 200);
    SerialSet set = *SerialSet::OfSerials(a);
    set.Merge(*SerialSet::OfSerials(b));
    for (uint64_t serial = 0; serial < 210; ++serial) {
      const bool expected =
          std::count(a.begin(), a.end(), serial) > 0 || std::count(b.begin(), b.end(), serial) > 0;
      ASSERT_EQ(set.Contains(serial), expected) << serial;
    }
  }
}

// Few or many, dense or scattered, sorted or not: each has a way of its own.
TEST(SerialSet, IsTheSameWhicheverWayItIsMade) {
  std::mt19937_64 random(3);
  for (const uint64_t span :
       {uint64_t{1}, uint64_t{70}, uint64_t{5000}, uint64_t{1} << 20, kLast}) {
    for (const size_t count : {1, 65, 5000}) {
      std::vector<uint64_t> serials;
      std::vector<SerialRange> ranges;
      for (size_t i = 0; i < count; ++i) {
        const uint64_t serial = kLast - random() % span;
        serials.push_back(serial);
        ranges.push_back({serial, serial});
      }
      const SerialSet expected = Ranges(std::move(ranges));
      EXPECT_EQ(*SerialSet::OfSerials(serials), expected) << span << ' ' << count;
      std::sort(serials.begin(), serials.end());
      EXPECT_EQ(*SerialSet::OfSerials(std::move(serials)), expected) << span << ' ' << count;
    }
  }
}

size_t Size(const std::vector<CertificatesPart>& parts) {
  size_t size = 0;
  for (const CertificatesPart& part : parts) size += EncodedSize(part);
  return size;
}

// What the parts revoke, read back by the other code.
SerialSet ReadBack(const std::vector<CertificatesPart>& parts) {
  KrlDocument document;
  document.sections.emplace_back(CertificatesSection{{}, parts});
  const absl::StatusOr<Krl> krl = Krl::Parse(document.Encode());
  EXPECT_OK(krl);
  return krl.ok() ? krl->serials : SerialSet();
}

// The fewest bytes, by trying everything: each range in the list, alone, or in a bitmap with those
// before it. `listed`: whether a list has been begun, and so paid for.
size_t Smallest(const std::vector<SerialRange>& ranges, size_t begin, bool listed) {
  if (begin == ranges.size()) return 0;
  size_t best = 21 + Smallest(ranges, begin + 1, listed);
  const uint64_t length = ranges[begin].last - ranges[begin].first + 1;
  if (length < 100) {
    best = std::min(best, (listed ? 0 : 5) + 8 * length + Smallest(ranges, begin + 1, true));
  }
  for (size_t end = begin; end < ranges.size(); ++end) {
    const uint64_t bits = ranges[end].last - ranges[begin].first + 1;
    if (bits > kMaxBitmapBits) break;
    const size_t bytes = (bits + 7) / 8 + (bits % 8 == 0 ? 1 : 0);  // The sign's byte.
    best = std::min(best, 5 + 8 + 4 + bytes + Smallest(ranges, end + 1, listed));
  }
  return best;
}

TEST(EncodeSerials, FindsTheFewestBytesThereAre) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 3000; ++round) {
    std::vector<SerialRange> ranges;
    uint64_t next = 1 + random() % 20;
    const size_t count = 1 + random() % 7;
    const uint64_t gap = uint64_t{2} << random() % 15, length = uint64_t{1} << random() % 12;
    while (ranges.size() < count) {
      const uint64_t last = next + (random() % 2 == 0 ? 0 : random() % length);
      ranges.push_back({next, last});
      next = last + 2 + random() % gap;
    }
    const std::vector<CertificatesPart> parts = EncodeSerials(Ranges(ranges));
    std::string shown;
    for (const SerialRange& range : ranges) shown += fmt::format("{}-{} ", range.first, range.last);
    ASSERT_EQ(Size(parts), Smallest(ranges, 0, false)) << shown;
    ASSERT_EQ(ReadBack(parts), Ranges(ranges)) << shown;
  }
}

TEST(EncodeSerials, NeverMakesABitmapThatSshdRefuses) {
  std::vector<uint64_t> every_second;
  for (uint64_t serial = 1; serial < 100000; serial += 2) every_second.push_back(serial);
  const SerialSet serials = *SerialSet::OfSerials(every_second);
  const std::vector<CertificatesPart> parts = EncodeSerials(serials);
  for (const CertificatesPart& part : parts) {
    const auto* bitmap = std::get_if<SerialBitmap>(&part);
    ASSERT_NE(bitmap, nullptr);
    EXPECT_LE(bitmap->bits.size() * 8, kMaxBitmapBits);
  }
  EXPECT_EQ(parts.size(), 7u);  // 99,999 bits.
  EXPECT_EQ(ReadBack(parts), serials);
}

TEST(EncodeSerials, WritesTheEndsOfTheNumbers) {
  for (const SerialSet& serials :
       {Ranges({{1, kLast}}), Ranges({{1, 1}, {kLast, kLast}}), Ranges({{kLast - 1, kLast}}),
        Ranges({{kLast - 9, kLast - 7}, {kLast - 5, kLast - 5}, {kLast - 2, kLast}})}) {
    EXPECT_EQ(ReadBack(EncodeSerials(serials)), serials);
  }
  EXPECT_TRUE(EncodeSerials({}).empty());
}

TEST(EncodeSerials, WritesOneListHoweverItsSerialsLie) {
  const SerialSet serials = Ranges({{5, 5}, {10000, 90000}, {200000, 200000}, {300000, 900000}});
  EXPECT_THAT(EncodeSerials(serials), ElementsAre(CertificatesPart(SerialList{{5, 200000}}),
                                                  CertificatesPart(SerialRange{10000, 90000}),
                                                  CertificatesPart(SerialRange{300000, 900000})));
}

}  // namespace
}  // namespace mayfly::ssh
