// Any bytes as a YAML document: never a crash, a hang or half a message; errors point into the
// text.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "document/load.h"
#include "document/source_map.h"
#include "document/tree.h"
#include "tests/document/document_test.pb.h"

namespace mayfly::document {
namespace {

void CheckNode(const Node& node, const SourceMap& map, const std::string& path, size_t lines) {
  MAYFLY_CHECK(node.at.line >= 1 && static_cast<size_t>(node.at.line) <= lines);
  MAYFLY_CHECK(node.at.column >= 1);
  MAYFLY_CHECK(IsValidUtf8(node.value));
  MAYFLY_CHECK(map.Contains(path) && map.Find(path) == node.at);
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (node.kind == Node::Kind::kSequence) {
      CheckNode(node.children[i], map, ElementPath(path, i), lines);
    } else if (i % 2 == 1) {
      CheckNode(node.children[i], map, FieldPath(path, node.children[i - 1].value), lines);
    }
  }
}

void CheckTree(std::string_view text) {
  absl::StatusOr<std::unique_ptr<Node>> root = ParseYaml(text, "fuzz.yaml");
  if (!root.ok()) {
    MAYFLY_CHECK(root.status().code() == absl::StatusCode::kInvalidArgument);
    MAYFLY_CHECK(IsValidUtf8(Message(root.status())));  // Whatever bytes it quotes.
    return;
  }
  absl::StatusOr<std::unique_ptr<Node>> again = ParseYaml(text, "fuzz.yaml");
  MAYFLY_CHECK(again.ok());
  const SourceMap map("fuzz.yaml", text, *std::move(again));
  CheckNode(**root, map, "", SplitLines(text).size() + 1);
}

void CheckLoad(std::string_view text) {
  document_test::Policy policy;
  SourceMap map;
  const absl::Status status = Load(text, "fuzz.yaml", &policy, &map);
  const std::string bytes = policy.SerializeAsString();
  if (!status.ok()) {
    MAYFLY_CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    MAYFLY_CHECK(bytes.empty());
    return;
  }
  document_test::Policy copy;
  MAYFLY_CHECK(copy.ParseFromString(bytes));  // Proto3 refuses text that is not UTF-8.
  MAYFLY_CHECK(map.Contains(""));
}

}  // namespace
}  // namespace mayfly::document

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  mayfly::document::CheckTree(text);
  mayfly::document::CheckLoad(text);
  return 0;
}
