#include "ca/policy/analysis/region.h"

#include <random>

#include "gtest/gtest.h"

namespace mayfly::policy {
namespace {

constexpr size_t kDimensions = 3, kAtoms = 3;

Box SomeBox(std::mt19937* random) {
  Box box;
  for (size_t dimension = 0; dimension < kDimensions; ++dimension) {
    AtomSet set(kAtoms);
    for (size_t atom = 0; atom < kAtoms; ++atom) {
      if ((*random)() % 2 == 0) set.Add(atom);
    }
    if (!set.empty() && !set.full()) box[dimension] = set;
  }
  return box;
}

Region SomeRegion(std::mt19937* random) {
  Region region;
  for (size_t boxes = (*random)() % 4; boxes > 0; --boxes) region.Add(SomeBox(random));
  return region;
}

template <typename Check>
void ForEveryPoint(const Check& check) {
  for (size_t a = 0; a < kAtoms; ++a) {
    for (size_t b = 0; b < kAtoms; ++b) {
      for (size_t c = 0; c < kAtoms; ++c) check(std::vector<size_t>{a, b, c});
    }
  }
}

TEST(Region, HasTheAlgebraOfSets) {
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    const Region a = SomeRegion(&random), b = SomeRegion(&random);
    const Region both = a.And(b), without = a.Without(b);
    Region either = a;
    either.Add(b);
    Region simple = either;
    simple.Simplify();
    bool any = false;
    ForEveryPoint([&](const std::vector<size_t>& point) {
      EXPECT_EQ(both.Has(point), a.Has(point) && b.Has(point));
      EXPECT_EQ(without.Has(point), a.Has(point) && !b.Has(point));
      EXPECT_EQ(either.Has(point), a.Has(point) || b.Has(point));
      EXPECT_EQ(simple.Has(point), either.Has(point));
      any = any || without.Has(point);
    });
    EXPECT_EQ(without.empty(), !any);
    EXPECT_FALSE(without.cut());
  }
}

TEST(Region, JoinsBoxesForShowing) {
  AtomSet left(3), right(3), other(2);
  left.Add(0);
  right.Add(1);
  right.Add(2);
  other.Add(1);
  Region region(Box{{0, left}, {1, other}});
  region.Add(Box{{0, right}, {1, other}});
  region.Add(Box{{1, other}});
  region.Simplify();
  ASSERT_EQ(region.boxes().size(), 1u);
  EXPECT_EQ(region.boxes()[0], (Box{{1, other}}));
}

TEST(Region, SaysWhenItWasCut) {
  Region region;
  AtomSet one(2);
  one.Add(0);
  for (size_t i = 0; i <= Region::kMaxBoxes; ++i) region.Add(Box{{i, one}});
  EXPECT_EQ(region.boxes().size(), Region::kMaxBoxes);
  EXPECT_TRUE(region.cut());
  EXPECT_TRUE(Region::Everything().Without(region).cut());
}

}  // namespace
}  // namespace mayfly::policy
