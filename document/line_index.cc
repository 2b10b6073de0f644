#include "document/line_index.h"

#include <algorithm>

namespace mayfly::document {
namespace {

constexpr size_t kBlock = 64;

bool StartsCharacter(char byte) { return (static_cast<uint8_t>(byte) & 0xc0) != 0x80; }

}  // namespace

LineIndex::LineIndex(std::string_view text) : text_(text), line_starts_{0} {
  uint32_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i % kBlock == 0) characters_before_block_.push_back(characters);
    if (StartsCharacter(text[i])) ++characters;
    if (text[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
  if (text.size() % kBlock == 0) characters_before_block_.push_back(characters);
}

size_t LineIndex::Offset(size_t line, size_t column) const {
  if (line >= line_starts_.size()) return text_.size();
  return std::min(line_starts_[line] + column, text_.size());
}

Position LineIndex::At(size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const size_t line = static_cast<size_t>(next - line_starts_.begin());  // 1-based already.
  const size_t column = CharactersBefore(offset) - CharactersBefore(line_starts_[line - 1]);
  return {static_cast<int>(line), static_cast<int>(column) + 1};
}

size_t LineIndex::CharactersBefore(size_t offset) const {
  const size_t block = offset / kBlock;
  size_t characters = characters_before_block_[block];
  for (size_t i = block * kBlock; i < offset; ++i) characters += StartsCharacter(text_[i]) ? 1 : 0;
  return characters;
}

}  // namespace mayfly::document
