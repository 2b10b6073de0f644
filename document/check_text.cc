#include "document/check_text.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::document {
namespace {

size_t CharacterLength(std::string_view text) {
  const uint8_t first = static_cast<uint8_t>(text.front());
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

// Characters that a reviewer does not see: U+202A-202E and U+2066-2069 reorder what an editor shows
// ("Trojan Source"), U+2028 and U+2029 break its lines, U+0080-009F control it, and U+FEFF is
// blank.
bool Misleads(std::string_view c) {
  return (c >= "\xc2\x80" && c <= "\xc2\x9f") || (c >= "\xe2\x80\xa8" && c <= "\xe2\x80\xae") ||
         (c >= "\xe2\x81\xa6" && c <= "\xe2\x81\xa9") || c == "\xef\xbb\xbf";
}

bool IsControl(std::string_view text, size_t at) {
  const uint8_t byte = static_cast<uint8_t>(text[at]);
  if (byte == '\r') return at + 1 == text.size() || text[at + 1] != '\n';
  return (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
}

bool CheckCharacters(std::string_view text, const LineIndex& lines, Diagnostics& errors) {
  for (size_t i = 0; i < text.size();) {
    if (static_cast<uint8_t>(text[i]) < 0x80) {
      if (IsControl(text, i)) {
        errors.Add(lines.At(i), "",
                   fmt::format("control character \\x{:02x} is not allowed", text[i]));
        return false;
      }
      ++i;
      continue;
    }
    const std::string_view character = text.substr(i, CharacterLength(text.substr(i)));
    if (!IsValidUtf8(character)) {
      errors.Add(lines.At(i), "",
                 fmt::format("byte \\x{:02x} is not valid UTF-8; save the file as UTF-8",
                             static_cast<uint8_t>(text[i])));
      return false;
    }
    if (Misleads(character)) {
      errors.Add(lines.At(i), "",
                 fmt::format("invisible character {} is not allowed; in quoted text it can be "
                             "written as an escape",
                             EscapeForTerminal(character)));
      return false;
    }
    i += character.size();
  }
  return true;
}

// Also behind the dashes of a list, where a tab decides what belongs to the element.
bool CheckIndentation(std::string_view text, const LineIndex& lines, Diagnostics& errors) {
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = text.substr(start, end - start);
    const size_t tab = line.find('\t');
    if (tab != std::string_view::npos && tab <= line.find_first_not_of(" \t-")) {
      errors.Add(lines.At(start + tab), "", "a tab cannot indent; use blanks");
      return false;
    }
    start = end + 1;
  }
  return true;
}

bool CheckDirectives(std::string_view text, const LineIndex& lines, Diagnostics& errors) {
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = TrimBlanks(text.substr(start, end - start));
    if (line.starts_with('%')) {
      errors.Add(lines.At(start), "", "directives are not supported; remove this line");
      return false;
    }
    if (!line.empty() && !line.starts_with('#')) return true;
    start = end + 1;
  }
  return true;
}

}  // namespace

bool CheckText(std::string_view text, const LineIndex& lines, Diagnostics& errors) {
  return CheckCharacters(text, lines, errors) && CheckIndentation(text, lines, errors) &&
         CheckDirectives(text, lines, errors);
}

}  // namespace mayfly::document
