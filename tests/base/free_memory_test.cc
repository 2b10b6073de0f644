#include "base/free_memory.h"

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace mayfly {
namespace {

constexpr size_t kMib = size_t{1} << 20;

// 64 MiB of blocks of which one in a thousand stays in use, from an arena of its own.
std::vector<std::unique_ptr<char[]>> AfterABurst() {
  std::vector<std::unique_ptr<char[]>> kept;
  std::thread burst([&kept] {
    std::vector<std::unique_ptr<char[]>> blocks;
    for (size_t i = 0; i < 64 * kMib / 1024; ++i) {
      blocks.push_back(std::make_unique<char[]>(1000));
      std::memset(blocks.back().get(), 1, 1000);
    }
    for (size_t i = 0; i < blocks.size(); i += 1000) kept.push_back(std::move(blocks[i]));
  });
  burst.join();
  return kept;
}

#ifdef MAYFLY_SANITIZED
TEST(FreeMemory, OfAnotherAllocatorIsNotKnown) {
  const std::vector<std::unique_ptr<char[]>> kept = AfterABurst();
  EXPECT_EQ(FreeBytesKept(), 0U);
  FreeMemory(0).ReturnWhenMuch();
  for (const std::unique_ptr<char[]>& block : kept) EXPECT_EQ(block[999], 1);
}
#else
TEST(FreeMemory, IsGivenBackAfterABurst) {
  FreeMemory(0).ReturnWhenMuch();  // Of tests before this one.
  const size_t before = ReadResidentMemory().anonymous;
  ASSERT_GT(before, 0U);
  const std::vector<std::unique_ptr<char[]>> kept = AfterABurst();
  ASSERT_GT(ReadResidentMemory().anonymous, before + 48 * kMib)
      << "the allocator gave it back by itself";
  EXPECT_GT(FreeBytesKept(), 48 * kMib);

  FreeMemory(/*most=*/80 * kMib).ReturnWhenMuch();
  EXPECT_GT(FreeBytesKept(), 48 * kMib) << "it was not too much";

  FreeMemory(/*most=*/8 * kMib).ReturnWhenMuch();
  EXPECT_LT(ReadResidentMemory().anonymous, before + 16 * kMib);
  EXPECT_LT(FreeBytesKept(), 16 * kMib);
  for (const std::unique_ptr<char[]>& block : kept) EXPECT_EQ(block[999], 1);
}
#endif

}  // namespace
}  // namespace mayfly
