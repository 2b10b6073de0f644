// Where something stands in a text file.
#ifndef MAYFLY_DOCUMENT_POSITION_H_
#define MAYFLY_DOCUMENT_POSITION_H_

#include <compare>

namespace mayfly::document {

// Both count from 1. A column is a character (a Unicode code point), as editors count, not a byte.
struct Position {
  int line = 1;
  int column = 1;
  friend auto operator<=>(const Position&, const Position&) = default;
};

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_POSITION_H_
