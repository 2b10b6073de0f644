#include "document/source_map.h"

#include <memory>
#include <string>
#include <utility>

#include "tests/testing/status_matchers.h"

namespace mayfly::document {
namespace {

constexpr std::string_view kText = R"(name: x
grants:
  - name: first
    for: {groups: [a, b]}
  - name: second
    labels: {a.b: "1", "q\"\\": 2, ü: 3}
empty: []
)";

SourceMap Map(std::string_view text = kText) {
  absl::StatusOr<std::unique_ptr<Node>> root = ParseYaml(text, "p.yaml");
  MAYFLY_CHECK(root.ok());
  return SourceMap("p.yaml", text, *std::move(root));
}

struct PathCase {
  std::string path;
  Position at;
  bool exists;
};

class SourceMapFinds : public ::testing::TestWithParam<PathCase> {};

TEST_P(SourceMapFinds, ValueOrNearestParent) {
  const SourceMap map = Map();
  EXPECT_EQ(map.Find(GetParam().path), GetParam().at) << GetParam().path;
  EXPECT_EQ(map.Contains(GetParam().path), GetParam().exists) << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(Paths, SourceMapFinds,
                         ::testing::ValuesIn<PathCase>({
                             {"", {1, 1}, true},
                             {"name", {1, 7}, true},
                             {"grants", {3, 3}, true},
                             {"grants[0]", {3, 5}, true},
                             {"grants[0].for.groups[1]", {4, 23}, true},
                             {"grants[1].name", {5, 11}, true},
                             {"grants[1].labels[\"a.b\"]", {6, 19}, true},
                             {"grants[1].labels[\"q\\\"\\\\\"]", {6, 33}, true},
                             {"grants[1].labels[\"ü\"]", {6, 39}, true},
                             {"empty", {7, 8}, true},
                             // Not in the text: the nearest parent.
                             {"nothing", {1, 1}, false},
                             {"grants[1].for", {5, 5}, false},
                             {"grants[1].for.groups[0]", {5, 5}, false},
                             {"grants[2]", {3, 3}, false},
                             {"grants.name", {3, 3}, false},
                             {"name[0]", {1, 7}, false},
                             {"name.x", {1, 7}, false},
                             {"empty[0]", {7, 8}, false},
                             // Not paths at all.
                             {"grants[", {3, 3}, false},
                             {"grants[]", {3, 3}, false},
                             {"grants[-1]", {3, 3}, false},
                             {"grants[0", {3, 3}, false},
                             {"grants[99999999999999999999]", {3, 3}, false},
                             {"grants[1].labels[\"", {6, 13}, false},
                             {"grants[1].labels[\"\\", {6, 13}, false},
                             {"grants[1].labels[\"a.b\"", {6, 13}, false},
                             {"grants..name", {3, 3}, false},
                             {" ", {1, 1}, false},
                         }));

TEST(SourceMap, FindsKeysInFrontOfValues) {
  const SourceMap map = Map();
  EXPECT_EQ(map.FindKey("grants"), (Position{2, 1}));
  EXPECT_EQ(map.FindKey("grants[0].for"), (Position{4, 5}));
  EXPECT_EQ(map.FindKey("grants[0].for.groups[0]"), (Position{4, 20})) << "an element has no key";
  EXPECT_EQ(map.FindKey("grants[1].absent"), (Position{5, 5}));
}

TEST(SourceMap, BuildsThePathsThatItReads) {
  const SourceMap map = Map();
  const std::string labels = FieldPath(ElementPath(FieldPath("", "grants"), 1), "labels");
  EXPECT_EQ(labels, "grants[1].labels");
  for (const char* key : {"a.b", "q\"\\", "ü"}) {
    EXPECT_TRUE(map.Contains(FieldPath(labels, key))) << FieldPath(labels, key);
  }
  EXPECT_EQ(FieldPath("", ""), "[\"\"]");
  EXPECT_EQ(FieldPath("a", "b-c_1"), "a.b-c_1");
}

TEST(SourceMap, PointsAtTheTextInLaterErrors) {
  SourceMap copy;
  {
    const SourceMap map = Map();
    copy = map;
  }
  Diagnostics errors = copy.NewDiagnostics();
  errors.Add(copy.At("grants[1].for", "a grant needs \"for\""));
  EXPECT_EQ(Message(errors.ToStatus()),
            "p.yaml:5:5: a grant needs \"for\"\n    - name: second\n      ^");
  EXPECT_EQ(errors.kept()[0].path, "grants[1].for");
}

TEST(SourceMap, KnowsNothingByDefault) {
  const SourceMap map;
  EXPECT_EQ(map.Find("a.b"), (Position{1, 1}));
  EXPECT_EQ(map.FindKey("a"), (Position{1, 1}));
  EXPECT_FALSE(map.Contains(""));
  EXPECT_EQ(map.file(), "");
  EXPECT_EQ(map.text(), "");
}

}  // namespace
}  // namespace mayfly::document
