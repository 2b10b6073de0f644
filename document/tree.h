// YAML text -> a tree of nodes, each of which knows where it stands.
#ifndef MAYFLY_DOCUMENT_TREE_H_
#define MAYFLY_DOCUMENT_TREE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "document/diagnostic.h"
#include "document/position.h"

namespace mayfly::document {

inline constexpr size_t kMaxDocumentBytes = 4 << 20;  // Ten times the largest policy set measured.
inline constexpr int kMaxDepth = 64;                  // Nobody writes, or reads, deeper by hand.
inline constexpr size_t kMaxNodes = 500'000;          // 25,000 rules of twenty values.

struct Node {
  enum class Kind { kNull, kScalar, kMap, kSequence };

  Kind kind = Kind::kNull;
  Position at;          // Its first character; a missing value stands where its key does.
  std::string value;    // Of a scalar, as text: nothing is typed here. Valid UTF-8, without NUL.
  bool quoted = false;  // 'x', "x", or a block (| or >).
  // Of a sequence, its elements; of a map, key, value, key, value …, in the order of the text. Keys
  // are scalars, none twice.
  std::vector<Node> children;

  // The value under `key` of a map, the key's own node, or null.
  const Node* Find(std::string_view key) const;
  const Node* FindKey(std::string_view key) const;
};

// Parses exactly one document of a strict subset of YAML's core schema: mappings, lists, text.
// Refused (kInvalidArgument, rendered as Diagnostics::ToStatus does):
//   - anchors, aliases, merge keys, tags, directives and further documents;
//   - keys that are not text, and duplicate keys;
//   - tabs in indentation, and plain text that goes on in the next line, because both hide
//   mistakes;
//   - invalid UTF-8, control characters and those that reverse the direction of text in an editor;
//   - more than kMaxDocumentBytes, kMaxDepth or kMaxNodes; a document without content.
// A leading byte order mark and CRLF are accepted.
absl::StatusOr<std::unique_ptr<Node>> ParseYaml(std::string_view text, std::string_view file_name);

// The same, adding its errors to `errors`. Null when there is nothing to go on with; after a
// duplicate or unusable key there is a tree without it, so that the rest can still be checked.
std::unique_ptr<Node> ParseYaml(std::string_view text, Diagnostics& errors);

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_TREE_H_
