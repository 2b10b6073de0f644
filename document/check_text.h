// What is refused before a YAML parser sees it.
#ifndef MAYFLY_DOCUMENT_CHECK_TEXT_H_
#define MAYFLY_DOCUMENT_CHECK_TEXT_H_

#include <string_view>

#include "document/diagnostic.h"
#include "document/line_index.h"

namespace mayfly::document {

// Adds an error and returns false for text that is too large, not UTF-8, indented by tabs, led by a
// directive, or has characters that make it read otherwise than it is. `text` is without a byte
// order mark.
bool CheckText(std::string_view text, const LineIndex& lines, Diagnostics& errors);

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_CHECK_TEXT_H_
