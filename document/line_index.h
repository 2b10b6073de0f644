// Byte offsets and the (line, column) pairs that people read.
#ifndef MAYFLY_DOCUMENT_LINE_INDEX_H_
#define MAYFLY_DOCUMENT_LINE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "document/position.h"

namespace mayfly::document {

// Answers in constant time, also where a hostile file is one line of megabytes.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);  // Must outlive the index; at most 4 GB.

  // The byte at the 0-based `line` and byte `column`; past the end, the end.
  size_t Offset(size_t line, size_t column) const;
  Position At(size_t offset) const;  // Past the end: just behind the last character.

 private:
  size_t CharactersBefore(size_t offset) const;

  std::string_view text_;
  std::vector<uint32_t> line_starts_;
  std::vector<uint32_t> characters_before_block_;  // Before each 64th byte.
};

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_LINE_INDEX_H_
