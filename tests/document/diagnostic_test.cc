#include "document/diagnostic.h"

#include <string>

#include "fmt/format.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::document {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::TestParamInfo;
using ::testing::ValuesIn;

struct RenderCase {
  std::string name;
  std::string text;
  Position at;
  std::string rendered;
};

class Renders : public ::testing::TestWithParam<RenderCase> {};

TEST_P(Renders, AsWritten) {
  const Diagnostic diagnostic{"p.yaml", GetParam().at, "", "no", ""};
  EXPECT_EQ(Render(diagnostic, GetParam().text), GetParam().rendered);
}

const std::string kLong = std::string(200, 'a') + "X" + std::string(200, 'b');

INSTANTIATE_TEST_SUITE_P(
    Diagnostic, Renders,
    ValuesIn<RenderCase>({
        {"FirstColumn", "a: b\n", {1, 1}, "p.yaml:1:1: no\n  a: b\n  ^"},
        {"LaterLine", "a: b\n  c: d\ne: f\n", {2, 6}, "p.yaml:2:6: no\n    c: d\n       ^"},
        {"LastLineWithoutNewline", "a\nbcd", {2, 3}, "p.yaml:2:3: no\n  bcd\n    ^"},
        {"CarriageReturnDropped", "ab\r\n", {1, 2}, "p.yaml:1:2: no\n  ab\n   ^"},
        {"JustBehindTheLine", "ab\n", {1, 3}, "p.yaml:1:3: no\n  ab\n    ^"},
        {"FarBehindTheLine", "ab\n", {1, 99}, "p.yaml:1:99: no\n  ab\n    ^"},
        {"BeyondTheText", "ab\n", {9, 1}, "p.yaml:9:1: no"},
        {"BlankLine", "a\n  \nb", {2, 1}, "p.yaml:2:1: no"},
        {"NoText", "", {1, 1}, "p.yaml:1:1: no"},
        {"PositionNotFromHere", "ab", {0, -5}, "p.yaml:0:-5: no\n  ab\n  ^"},
        {"TabIsOneBlank", "a\tb\tc", {1, 5}, "p.yaml:1:5: no\n  a b c\n      ^"},
        {"TwoByteCharacter", "ä: ö x", {1, 6}, "p.yaml:1:6: no\n  ä: ö x\n       ^"},
        {"WideCharacters", "日本: x", {1, 5}, "p.yaml:1:5: no\n  日本: x\n        ^"},
        {"CombiningMark", "e\u0301: x", {1, 5}, "p.yaml:1:5: no\n  e\u0301: x\n     ^"},
        {"EscapeSequenceShown", "a\x1b[2Jb", {1, 6}, "p.yaml:1:6: no\n  a\\x1b[2Jb\n          ^"},
        {"BidiControlShown", "\u202e!x", {1, 2}, "p.yaml:1:2: no\n  \\u{202e}!x\n          ^"},
        {"BrokenUtf8Shown", "a\xff\xc3(", {1, 4}, "p.yaml:1:4: no\n  a\\xff\\xc3(\n           ^"},
        {"BackslashStays", "a: \"\\d\"", {1, 4}, "p.yaml:1:4: no\n  a: \"\\d\"\n     ^"},
        {"ByteOrderMarkIsNoColumn",
         "\xef\xbb\xbf"
         "ab",
         {1, 2},
         "p.yaml:1:2: no\n  ab\n   ^"},
        {"LongLineCutAtBothEnds",
         kLong,
         {1, 201},
         "p.yaml:1:201: no\n  …" + std::string(60, 'a') + "X" + std::string(39, 'b') + "…\n  " +
             std::string(61, ' ') + "^"},
        {"LongLineCutAtItsEnd",
         kLong,
         {1, 3},
         "p.yaml:1:3: no\n  " + std::string(100, 'a') + "…\n    ^"},
        {"LongLineCutAtItsStart",
         kLong,
         {1, 402},
         "p.yaml:1:402: no\n  …" + std::string(60, 'b') + "\n  " + std::string(61, ' ') + "^"},
        {"HundredCharactersFit",
         std::string(100, 'x'),
         {1, 100},
         "p.yaml:1:100: no\n  " + std::string(100, 'x') + "\n  " + std::string(99, ' ') + "^"},
    }),
    [](const TestParamInfo<RenderCase>& row) { return row.param.name; });

TEST(Render, AsksWhetherTheSuggestionWasMeant) {
  EXPECT_EQ(Render({"p", {1, 1}, "", "unknown field \"nmae\"", "name"}, "nmae: x"),
            "p:1:1: unknown field \"nmae\"; did you mean \"name\"?\n  nmae: x\n  ^");
}

TEST(Render, EscapesTheFileName) {
  EXPECT_EQ(Render({"a\nb\x1b", {1, 1}, "", "no", ""}, ""), "a\\nb\\x1b:1:1: no");
}

TEST(Quote, EscapesAndCutsWithoutSplittingACharacter) {
  EXPECT_EQ(Quote("a\nb"), "\"a\\nb\"");
  EXPECT_EQ(Quote(std::string(64, 'x')), "\"" + std::string(64, 'x') + "\"");
  EXPECT_EQ(Quote(std::string(65, 'x')), "\"" + std::string(64, 'x') + "…\"");
  EXPECT_EQ(Quote(std::string(63, 'x') + "öyy"), "\"" + std::string(63, 'x') + "…\"");
}

TEST(Diagnostics, WithoutErrorsAreOk) {
  const Diagnostics errors("p", "text");
  EXPECT_TRUE(errors.empty());
  EXPECT_OK(errors.ToStatus());
}

TEST(Diagnostics, AreShownInTheOrderOfTheText) {
  Diagnostics errors("p", "");
  errors.Add({3, 1}, "", "third");
  errors.Add({1, 2}, "", "second");
  errors.Add({1, 1}, "", "first");
  EXPECT_THAT(errors.ToStatus(), StatusIs(absl::StatusCode::kInvalidArgument,
                                          "p:1:1: first\np:1:2: second\np:3:1: third"));
}

TEST(Diagnostics, CountWhatTheyDoNotKeep) {
  Diagnostics errors("p", "");
  for (int i = 1; i <= 20; ++i) errors.Add({i, 1}, "", "no");
  EXPECT_THAT(Message(errors.ToStatus()), ::testing::EndsWith("p:20:1: no"));
  errors.Add({21, 1}, "", "no");
  EXPECT_THAT(Message(errors.ToStatus()), ::testing::EndsWith("p:20:1: no\n… and 1 more error"));
  errors.Add({22, 1}, "", "no");
  EXPECT_THAT(Message(errors.ToStatus()), ::testing::EndsWith("\n… and 2 more errors"));
  EXPECT_EQ(errors.count(), 22u);
  EXPECT_EQ(errors.kept().size(), 20u);
}

TEST(Diagnostics, KeepPathAndSuggestionForMachines) {
  Diagnostics errors("p", "");
  errors.Add({1, 1}, "a.b", "no", "yes");
  ASSERT_EQ(errors.kept().size(), 1u);
  EXPECT_EQ(errors.kept()[0].file, "p");
  EXPECT_EQ(errors.kept()[0].path, "a.b");
  EXPECT_EQ(errors.kept()[0].suggestion, "yes");
}

}  // namespace
}  // namespace mayfly::document
