#include "base/secret_bytes.h"

#include <string>
#include <type_traits>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mayfly {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);

std::string Text(const SecretBytes& secret) {
  return secret.Expose([](BytesView bytes) { return ToText(bytes); });
}

TEST(SecretBytes, StartsEmptyOrZero) {
  EXPECT_TRUE(SecretBytes().empty());
  EXPECT_EQ(Text(SecretBytes()), "");
  EXPECT_EQ(Text(SecretBytes(3)), std::string(3, '\0'));
  EXPECT_TRUE(SecretBytes(0) == SecretBytes());
}

TEST(SecretBytes, MovesLeaveNothingBehind) {
  SecretBytes from = SecretBytes::CopyOf(AsBytes("key"));
  SecretBytes to = std::move(from);
  EXPECT_EQ(Text(to), "key");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is the claim.
  from = std::move(to);
  EXPECT_EQ(Text(from), "key");
  EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(SecretBytes, ClonesAreApart) {
  SecretBytes original = SecretBytes::CopyOf(AsBytes("key"));
  const SecretBytes clone = original.Clone();
  original.Fill([](std::span<uint8_t> bytes) { bytes[0] = 'x'; });
  EXPECT_EQ(Text(original), "xey");
  EXPECT_EQ(Text(clone), "key");
  EXPECT_TRUE(SecretBytes().Clone().empty());
}

TEST(SecretBytes, CompareByContentAndSize) {
  const auto secret = [](const char* text) { return SecretBytes::CopyOf(AsBytes(text)); };
  EXPECT_TRUE(secret("abc") == secret("abc"));
  EXPECT_FALSE(secret("abc") == secret("abd"));
  EXPECT_FALSE(secret("abc") == secret("ab"));
  EXPECT_FALSE(secret("") == secret("a"));
}

TEST(SecretBytes, TruncateWipesTheRest) {
  SecretBytes secret = SecretBytes::CopyOf(AsBytes("key\nrest"));
  const uint8_t* start = secret.Expose([](BytesView bytes) { return bytes.data(); });
  secret.Truncate(3);
  EXPECT_EQ(Text(secret), "key");
  EXPECT_EQ(std::string(start + 3, start + 8), std::string(5, '\0'));
  secret.Truncate(0);
  EXPECT_TRUE(secret.empty());
}

TEST(SecretBytesDeathTest, CannotGrowByTruncation) {
  SecretBytes secret(2);
  EXPECT_DEATH(secret.Truncate(3), "broken invariant");
}

TEST(Wipe, ClearsAndTakesNothingToo) {
  std::string text = "secret";
  Wipe(text);
  EXPECT_EQ(text, std::string(6, '\0'));
  std::string nothing;
  Wipe(nothing);
  Wipe(std::span<uint8_t>());
}

}  // namespace
}  // namespace mayfly
