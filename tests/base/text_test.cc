#include "base/text.h"

#include <string>

#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ParseDuration, AddsUnitsInDescendingOrder) {
  const std::pair<const char*, int64_t> rows[] = {
      {"0s", 0},       {"90s", 90},     {"30m", 1800},   {"8h", 28800},
      {"1h30m", 5400}, {"7d", 604800},  {"2w", 1209600}, {"1w2d3h4m5s", 788645},
      {"1h0m", 3600},  {"0001h", 3600}, {"100s", 100},   {"36600d", 3162240000},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(ParseDuration(row.first), IsOkAndHolds(absl::Seconds(row.second))) << row.first;
  }
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "8",
                           "h",
                           "8H",
                           "8 h",
                           " 8h",
                           "8h ",
                           "-8h",
                           "+8h",
                           "1.5h",
                           "30m1h",
                           "1h1h",
                           "1h30",
                           "8hours",
                           "1y",
                           "5ms",
                           "36601d",
                           "36600d1s",
                           "99999999999999999999s",
                           "9223372036854775807w",
                           "8h\n",
                           "0x8h",
                           "∞",
                           "1h-1m"}) {
    EXPECT_THAT(ParseDuration(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected one such as")))
        << text;
  }
}

TEST(DurationText, IsReadBackByParseDuration) {
  for (const char* text :
       {"0s", "1s", "59s", "1m", "1m1s", "8h", "1h30m", "1d", "7d", "90d", "1d1s"}) {
    ASSERT_OK_AND_ASSIGN(const absl::Duration duration, ParseDuration(text));
    EXPECT_EQ(DurationText(duration), text);
  }
  EXPECT_EQ(DurationText(absl::Hours(24 * 14)), "14d");
}

TEST(DurationText, SaysWhatIsNotAPlainNumberOfSeconds) {
  EXPECT_EQ(DurationText(absl::InfiniteDuration()), "for ever");
  EXPECT_EQ(DurationText(absl::Milliseconds(999)), "0s");
  EXPECT_EQ(DurationText(absl::Milliseconds(61500)), "1m1s");
  EXPECT_EQ(DurationText(-absl::Minutes(5)), "-5m");
}

TEST(TimeText, IsRfc3339InUtc) {
  const absl::Time time = absl::FromUnixSeconds(1795425480);
  EXPECT_EQ(TimeText(time), "2026-11-23T09:18:00Z");
  EXPECT_THAT(ParseTime("2026-11-23T09:18:00Z"), IsOkAndHolds(time));
  EXPECT_THAT(ParseTime("2026-11-23T10:18:00+01:00"), IsOkAndHolds(time));
  EXPECT_EQ(TimeText(time + absl::Milliseconds(900)), "2026-11-23T09:18:00Z");
  EXPECT_EQ(TimeText(absl::InfiniteFuture()), "never");
}

TEST(ParseTime, RefusesEverythingElse) {
  for (const char* text :
       {"", "now", "2026-11-23", "2026-11-23T09:18:00", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "1795425480", "2026-11-23T09:18:00Z x", "2026-11-23T25:18:00Z",
        "infinite-future", "infinite-past", " 2026-11-23T09:18:00Z", "2026-11-23T09:18:00Z\n"}) {
    EXPECT_THAT(ParseTime(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(EscapeForTerminal, LeavesNothingThatMovesACursorOrHides) {
  const std::pair<std::string, std::string> rows[] = {
      {"plain text, ünïcödé, 日本, 🔑", "plain text, ünïcödé, 日本, 🔑"},
      {"a\nb\tc\rd", "a\\nb\\tc\\x0dd"},
      {"\x1b[2J", "\\x1b[2J"},
      {std::string("a\0b", 3), "a\\x00b"},
      {"\x7f", "\\x7f"},
      {"a\\nb", "a\\\\nb"},
      {"\u009b2J", "\\u{9b}2J"},
      {"\u202eevil\u202c", "\\u{202e}evil\\u{202c}"},
      {"\u2066\u2069\u200b\ufeff\u00ad", "\\u{2066}\\u{2069}\\u{200b}\\u{feff}\\u{ad}"},
      {"\U000e0041", "\\u{e0041}"},
      {"\xff\xc0\x80", "\\xff\\xc0\\x80"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"\xe2\x82", "\\xe2\\x82"},
      {"\xc3(", "\\xc3("},
  };
  for (const auto& row : rows) EXPECT_EQ(EscapeForTerminal(row.first), row.second);
}

TEST(EscapeForTerminal, NeverYieldsControlBytesOrInvalidUtf8) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text = {static_cast<char>(a), static_cast<char>(b)};
      const std::string escaped = EscapeForTerminal(text);
      EXPECT_TRUE(IsValidUtf8(escaped)) << a << " " << b;
      for (const char c : escaped) EXPECT_TRUE(static_cast<uint8_t>(c) >= 0x20 && c != 0x7f);
    }
  }
}

TEST(IsValidUtf8, RefusesWhatTheStandardRefuses) {
  for (const char* text :
       {"", "abc", "ü", "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << text;
  }
  for (const char* text :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x94", "a\xff"}) {
    EXPECT_FALSE(IsValidUtf8(text));
  }
}

TEST(EditDistance, CountsSwapsAsOne) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("lifetme", "lifetime"), 1u);
  EXPECT_EQ(EditDistance("nmae", "name"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("ca", "abc"), 3u)
      << "optimal string alignment, not Damerau's full distance";
}

TEST(Nearest, SuggestsOnlyWhatWasProbablyMeant) {
  const std::vector<std::string> names = {"name", "lifetime", "hosts", "for", "keys"};
  EXPECT_EQ(Nearest("lifetme", names), "lifetime");
  EXPECT_EQ(Nearest("nmae", names), "name");
  EXPECT_EQ(Nearest("host", names), "hosts");
  EXPECT_EQ(Nearest("fro", names), "for");
  EXPECT_EQ(Nearest("lifetime", names), "lifetime");
  EXPECT_EQ(Nearest("Grants", {"grants"}), "grants");
  for (const char* word : {"", "x", "elephant", "xyz", "no", "lf"}) {
    EXPECT_EQ(Nearest(word, names), "") << word;
  }
  EXPECT_EQ(Nearest("a", {}), "");
  EXPECT_EQ(Nearest(std::string(10'000'000, 'x'), names), "");
}

TEST(SplitLines, TakesBothLineEnds) {
  EXPECT_THAT(SplitLines(""), IsEmpty());
  EXPECT_THAT(SplitLines("a"), ElementsAre("a"));
  EXPECT_THAT(SplitLines("a\nb\r\nc\n"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(SplitLines("\n\na"), ElementsAre("", "", "a"));
  EXPECT_THAT(SplitLines("a\rb"), ElementsAre("a\rb"));
}

TEST(TrimBlanks, TakesBothEnds) {
  EXPECT_EQ(TrimBlanks(" \t a b \r\n"), "a b");
  EXPECT_EQ(TrimBlanks(" \n"), "");
  EXPECT_EQ(TrimBlanks(""), "");
}

}  // namespace
}  // namespace mayfly
