#include "document/tree.h"

#include <memory>
#include <string>

#include "fmt/format.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::document {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Repeat(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

// The tree in one line: maps {}, lists [], text as it is, "quoted" text in quotes, nothing as ~.
std::string Show(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "~";
    case Node::Kind::kScalar:
      return node.quoted ? fmt::format("\"{}\"", node.value) : node.value;
    case Node::Kind::kSequence:
    case Node::Kind::kMap:
      break;
  }
  const bool map = node.kind == Node::Kind::kMap;
  std::string shown = map ? "{" : "[";
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (i > 0) shown += map && i % 2 == 1 ? ":" : ",";
    shown += Show(node.children[i]);
  }
  return shown + (map ? "}" : "]");
}

std::string Parse(std::string_view text) {
  const absl::StatusOr<std::unique_ptr<Node>> root = ParseYaml(text, "p");
  return root.ok() ? Show(**root) : Message(root.status());
}

struct Case {
  std::string text;
  std::string shown;
};

class Yaml : public ::testing::TestWithParam<Case> {};
TEST_P(Yaml, ParsesAs) { EXPECT_EQ(Parse(GetParam().text), GetParam().shown) << GetParam().text; }

INSTANTIATE_TEST_SUITE_P(Accepted, Yaml,
                         ::testing::ValuesIn<Case>({
                             {"a: b", "{a:b}"},
                             {"a: b\r\nc:\r\n  - d\r\n", "{a:b,c:[d]}"},
                             {"\xef\xbb\xbf"
                              "a: b\n",
                              "{a:b}"},
                             {"---\na: b\n", "{a:b}"},
                             {"# comment\n---\na: b\n...\n# end\n", "{a:b}"},
                             {"a: {b: [c, 'd', \"e\\n\"]}", "{a:{b:[c,\"d\",\"e\n\"]}}"},
                             {"a: |\n  x\n   y\nb: >-\n  p\n  q\n", "{a:\"x\n y\n\",b:\"p q\"}"},
                             {"a:\nb: ~\nc: null\n", "{a:~,b:~,c:~}"},
                             {"'a': no\n\"b\": \"no\"\n", "{\"a\":no,\"b\":\"no\"}"},
                             {"a: 012\nb: 0x1F\nc: 1e3\nd: 12:30:45\ne: 2026-01-01\n",
                              "{a:012,b:0x1F,c:1e3,d:12:30:45,e:2026-01-01}"},
                             {"a: x # not y\nb: x#y\n", "{a:x,b:x#y}"},
                             {"a: [{b: c}, [d]]", "{a:[{b:c},[d]]}"},
                             {"[a: b]", "[{a:b}]"},
                             {"{}", "{}"},
                             {"[]", "[]"},
                             {"a: \"\\u202e\"", "{a:\"\u202e\"}"},
                             {"a: b\tc\n", "{a:b\tc}"},
                             {"a: \"b\n  c\"", "{a:\"b c\"}"},
                             {"ä: ö\n日本: 語\n", "{ä:ö,日本:語}"},
                             {"a: --b\nc: -d\n", "{a:--b,c:-d}"},
                             {"? a\n: b\n", "{a:b}"},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Refused, Yaml,
    ::testing::ValuesIn<Case>({
        {"", "p:1:1: the document is empty"},
        {"# only a comment\n", "p:1:1: the document is empty\n  # only a comment\n  ^"},
        {"\n \n", "p:1:1: the document is empty"},
        {"\xef\xbb\xbf", "p:1:1: the document is empty"},

        // More than one document, or less.
        {"a: b\n---\nc: d\n",
         "p:2:1: unexpected text here; one file holds one document, without a stray bracket or "
         "comma\n  ---\n  ^"},
        {"a: b\n...\nc: d\n",
         "p:3:1: unexpected text here; one file holds one document, without a stray bracket or "
         "comma\n  c: d\n  ^"},
        {"a: b\n---\n",
         "p:2:1: unexpected text here; one file holds one document, without a stray bracket or "
         "comma\n  ---\n  ^"},
        {",x: 1",
         "p:1:1: unexpected text here; one file holds one document, without a stray bracket or "
         "comma\n  ,x: 1\n  ^"},
        {",",
         "p:1:1: unexpected text here; one file holds one document, without a stray bracket or "
         "comma\n  ,\n  ^"},
        {"%YAML 1.2\n---\na: b\n",
         "p:1:1: directives are not supported; remove this line\n  %YAML 1.2\n  ^"},
        {"# x\n\n%TAG ! x\n",
         "p:3:1: directives are not supported; remove this line\n  %TAG ! x\n  ^"},

        // What lets one place of a document change another.
        {"a: &x b\nc: *x\n",
         "p:1:4: anchors are not supported; remove the \"&\" word\n  a: &x b\n     ^"},
        {"&x a: b\n", "p:1:1: anchors are not supported; remove the \"&\" word\n  &x a: b\n  ^"},
        {"a: &x\n", "p:1:4: anchors are not supported; remove the \"&\" word\n  a: &x\n     ^"},
        {"a: *x\n", "p:1:4: aliases are not supported; write the value again\n  a: *x\n     ^"},
        {"<<: {a: b}\nc: d\n",
         "p:1:1: merge keys are not supported; write the fields again\n  <<: {a: b}\n  ^"},
        {"a: !!str 5",
         "p:1:4: tags are not supported; the schema says what a value is\n  a: !!str 5\n     ^"},
        {"a: ! 5",
         "p:1:4: tags are not supported; the schema says what a value is\n  a: ! 5\n     ^"},
        {"a: !x {b: c}",
         "p:1:4: tags are not supported; the schema says what a value is\n  a: !x {b: c}\n     ^"},
        {"a: !!null\n",
         "p:1:4: tags are not supported; the schema says what a value is\n  a: !!null\n     ^"},

        // Keys.
        {"a: 1\nb: 2\na: 3\n", "p:3:1: duplicate field \"a\"; first given on line 1\n  a: 3\n  ^"},
        {"x: {a: 1, \"a\": 2}",
         "p:1:11: duplicate field \"a\"; first given on line 1\n  x: {a: 1, \"a\": 2}\n            "
         "^"},
        {"? [a]\n: b\n", "p:1:3: a key must be text\n  ? [a]\n    ^"},
        {"{a: b}: c\n", "p:1:1: a key must be text\n  {a: b}: c\n  ^"},
        {": a\n", "p:1:1: a key must be text\n  : a\n  ^"},
        {"~: a\n", "p:1:1: a key must be text\n  ~: a\n  ^"},

        // White space that hides mistakes.
        {"a:\n\tb: c\n", "p:2:1: a tab cannot indent; use blanks\n   b: c\n  ^"},
        {"a:\n  \tb: c\n", "p:2:3: a tab cannot indent; use blanks\n     b: c\n    ^"},
        {"-\ta: b\n", "p:1:2: a tab cannot indent; use blanks\n  - a: b\n   ^"},
        {"- \ta: b\n", "p:1:3: a tab cannot indent; use blanks\n  -  a: b\n    ^"},
        {"a: b\n \t \nc: d\n", "p:2:2: a tab cannot indent; use blanks"},
        {"a: b\n  - c\n",
         "p:1:4: plain text goes on in the next line; check the indentation there, or quote the "
         "text, or write it as a block after >\n  a: b\n     ^"},
        {"a: b\n  c\n",
         "p:1:4: plain text goes on in the next line; check the indentation there, or quote the "
         "text, or write it as a block after >\n  a: b\n     ^"},

        // Bytes.
        {std::string("a: b\0", 5),
         "p:1:5: control character \\x00 is not allowed\n  a: b\\x00\n      ^"},
        {std::string("\0a\0:\0 \0b", 8),
         "p:1:1: control character \\x00 is not allowed\n"
         "  \\x00a\\x00:\\x00 \\x00b\n  ^"},
        {"\xff\xfe"
         "a",
         "p:1:1: byte \\xff is not valid UTF-8; save the file as UTF-8\n"
         "  \\xff\\xfea\n  ^"},
        {"ä: \xe4\n",
         "p:1:4: byte \\xe4 is not valid UTF-8; save the file as UTF-8\n"
         "  ä: \\xe4\n     ^"},
        {"a: \xed\xa0\x80",
         "p:1:4: byte \\xed is not valid UTF-8; save the file as UTF-8\n"
         "  a: \\xed\\xa0\\x80\n     ^"},
        {"a: b\rc: d\r", "p:1:5: control character \\x0d is not allowed\n  a: b\\x0dc: d\n      ^"},
        {"a: \x1b[31m", "p:1:4: control character \\x1b is not allowed\n  a: \\x1b[31m\n     ^"},
        {"a: x # \u202e",
         "p:1:8: invisible character \\u{202e} is not allowed; in quoted text it can "
         "be written as an escape\n  a: x # \\u{202e}\n         ^"},
        {"a: x\u0085b: y",
         "p:1:5: invisible character \\u{85} is not allowed; in quoted text it can "
         "be written as an escape\n  a: x\\u{85}b: y\n      ^"},
        {"a: \"\\0\"", "p:1:4: text cannot hold a NUL\n  a: \"\\0\"\n     ^"},
        {"a: \"\\ud800\"", "p:1:11: invalid unicode: 55296\n  a: \"\\ud800\"\n            ^"},

        // Slips.
        {"a: b: c\n",
         "p:1:5: unexpected \":\"; check the indentation of this line, or quote text "
         "that holds \": \"\n  a: b: c\n      ^"},
        {"a:\n  - b\n c: d\n",
         "p:3:2: unexpected text here; check the indentation, quotes and brackets before it\n   c: "
         "d\n"
         "   ^"},
        {"a: - b\n",
         "p:1:4: unexpected \"-\"; start the list on a line of its own\n  a: - b\n     ^"},
        {"a: [b\n", "p:1:4: this bracket is never closed\n  a: [b\n     ^"},
        {"a: {b: [c, d: e}\n",
         "p:1:16: this closing bracket does not fit an open one\n  a: {b: [c, d: e}\n"
         "                 ^"},
        {"a: {b: 'c'\nd: e\n", "p:2:1: expected \",\" or \"}\" here\n  d: e\n  ^"},
        {"a: b]\n]\n", "p:2:1: this closing bracket does not fit an open one\n  ]\n  ^"},
        {"a: 'b\n", "p:1:4: this quote is never closed\n  a: 'b\n     ^"},
        {"a: \"b\\\"\n", "p:1:4: this quote is never closed\n  a: \"b\\\"\n     ^"},
        {"a: 'b''\n", "p:1:4: this quote is never closed\n  a: 'b''\n     ^"},
        {"a: 'b", "p:1:6: a quote before this is never closed\n  a: 'b\n       ^"},
        {"a: @b\n",
         "p:1:4: unexpected character; text that starts with it must be quoted\n"
         "  a: @b\n     ^"},
        {"a: 'b'c\n",
         "p:1:7: unexpected text here; check the indentation, quotes and brackets "
         "before it\n  a: 'b'c\n        ^"},
    }));

TEST(ParseYaml, KnowsWhereEachNodeStands) {
  ASSERT_OK_AND_ASSIGN(
      const std::unique_ptr<Node> root,
      ParseYaml("ä: [ö, 'x']\nlist:\n  -\n  # note\n  - y\nmissing:\nlast: |\n  t\n", "p"));
  EXPECT_EQ(root->FindKey("ä")->at, (Position{1, 1}));
  EXPECT_EQ(root->Find("ä")->at, (Position{1, 4})) << "columns are characters";
  EXPECT_EQ(root->Find("ä")->children[1].at, (Position{1, 8}));
  EXPECT_EQ(root->Find("list")->children[0].at, (Position{3, 3})) << "an empty element: its dash";
  EXPECT_EQ(root->Find("list")->children[1].at, (Position{5, 5}));
  EXPECT_EQ(root->Find("missing")->at, (Position{6, 1})) << "a missing value: its key";
  EXPECT_EQ(root->Find("last")->at, (Position{7, 7}));
  EXPECT_EQ(root->Find("none"), nullptr);
  EXPECT_EQ(root->Find("list")->Find("y"), nullptr);
}

TEST(ParseYaml, FindsEmptyElementsOfLists) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Node> root,
                       ParseYaml("- # why\n-\n# a\n  # b\n\n- x\n-   \n- [a, , b]\n-", "p"));
  EXPECT_EQ(root->children[0].at, (Position{1, 1}));
  EXPECT_EQ(root->children[1].at, (Position{2, 1}));
  EXPECT_EQ(root->children[3].at, (Position{7, 1}));
  EXPECT_EQ(root->children[4].children[1].at, (Position{8, 7}));
  EXPECT_EQ(root->children[5].at, (Position{9, 1}));
}

TEST(ParseYaml, ColumnsSkipAByteOrderMark) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Node> root, ParseYaml("\xef\xbb\xbf"
                                                                   "a: b",
                                                                   "p"));
  EXPECT_EQ(root->Find("a")->at, (Position{1, 4}));
}

TEST(ParseYaml, GoesOnAfterDuplicateAndUnusableKeys) {
  constexpr std::string_view kText = "a: 1\na: 2\n? [x]\n: 3\nb: 4\n";
  Diagnostics errors("p", kText);
  const std::unique_ptr<Node> root = ParseYaml(kText, errors);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(Show(*root), "{a:1,b:4}");
  EXPECT_EQ(errors.count(), 2u);
}

TEST(ParseYaml, TakesTheLimitsAndNoMore) {
  EXPECT_EQ(Parse(Repeat("[", 64) + Repeat("]", 64)), Repeat("[", 64) + Repeat("]", 64));
  EXPECT_THAT(Parse(Repeat("[", 65) + Repeat("]", 65)),
              StartsWith("p:1:65: nested deeper than 64 levels\n"));
  EXPECT_THAT(Parse(Repeat("- a\n", 499'999)), StartsWith("[a,a,"));
  EXPECT_THAT(Parse(Repeat("- a\n", 500'000)), StartsWith("p:500000:3: more than 500000 values\n"));
  EXPECT_THAT(Parse("a: " + std::string(kMaxDocumentBytes - 3, 'x')), StartsWith("{a:xxx"));
  EXPECT_THAT(Parse("a: " + std::string(kMaxDocumentBytes - 2, 'x')),
              StartsWith("p:1:1: larger than 4194304 bytes\n"));
}

TEST(ParseYaml, ReadsAPolicySetOfTwoMegabytes) {
  std::string text = "grants:\n";
  for (int i = 0; text.size() < (2u << 20); ++i) {
    text += fmt::format("  - name: grant-{}\n    for: {{groups: [g{}]}}\n    lifetime: 8h\n", i, i);
  }
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Node> root, ParseYaml(text, "p"));
  EXPECT_GT(root->Find("grants")->children.size(), 20'000u);
}

// Each once cost some YAML reader its stack, its memory or its evening.
TEST(ParseYaml, RefusesBombs) {
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    laughs += fmt::format("{}: &{} [{}]\n", c, c, Repeat(fmt::format("*{},", char(c - 1)), 9));
  }
  for (const std::string& bomb :
       {Repeat("[", 10'000),         Repeat("{", 10'000),
        Repeat("- ", 10'000),        Repeat("? ", 10'000),
        Repeat("{a: ", 10'000),      Repeat("[a,", 10'000),
        Repeat("- ? ", 10'000),      Repeat("a: ", 10'000),
        Repeat("[", 2'000'000),      Repeat("]", 2'000'000),
        Repeat("%a\n", 500'000),     laughs,
        Repeat("---\n", 500'000),    Repeat("&a ", 500'000),
        Repeat("!", 1'000'000),      "[" + Repeat("a:", 1'000'000),
        Repeat("\"a\":", 500'000),   "\"" + Repeat("\n", 1'000'000),
        "[" + Repeat("? ", 500'000), Repeat(",", 100),
        Repeat("*a ", 100'000),      std::string("%%%%%%\xbb"),
        Repeat("a\n", 1'000'000),    "- |" + Repeat("\n  x\n x", 100'000)}) {
    EXPECT_THAT(ParseYaml(bomb, "p").status(), StatusIs(absl::StatusCode::kInvalidArgument))
        << bomb.substr(0, 20);
  }
}

TEST(ParseYaml, KeepsErrorsShortWhateverTheText) {
  const std::string status = Parse("a: " + Repeat("x", 1'000'000) + ": " + Repeat("y", 1'000'000));
  EXPECT_LT(status.size(), 500u);
  const std::string key = Repeat("k", 1000);
  EXPECT_THAT(Parse(key + ": 1\n" + key + ": 2\n"), HasSubstr(Repeat("k", 64) + "…\"; first"));
}

}  // namespace
}  // namespace mayfly::document
