#include "document/diagnostic.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::document {
namespace {

constexpr size_t kMaxQuoted = 64;
constexpr size_t kMaxShown = 100;  // Characters of a source line: what a terminal shows in one row.
constexpr size_t kShownBefore = 60;  // Of them before the caret, when the line is longer.

// The byte length of the character at the front of `text`; 1 for a byte that starts none.
size_t ShownLength(std::string_view text) {
  const uint8_t first = static_cast<uint8_t>(text.front());
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return length <= text.size() && IsValidUtf8(text.substr(0, length)) ? length : 1;
}

// Columns of a terminal that a printable character takes: enough of Unicode's East Asian Width and
// combining marks for a caret to stand right in the scripts that people name things in.
size_t DisplayWidth(std::string_view character) {
  if (character.size() < 2) return character.size();
  static constexpr std::array<uint8_t, 5> kLeadMask = {0, 0x7f, 0x1f, 0x0f, 0x07};
  uint32_t c = static_cast<uint8_t>(character.front()) & kLeadMask[character.size()];
  for (const char byte : character.substr(1)) c = c << 6 | (static_cast<uint8_t>(byte) & 0x3f);
  const auto in = [c](uint32_t first, uint32_t last) { return c >= first && c <= last; };
  if (in(0x0300, 0x036f) || in(0x0483, 0x0489) || in(0x0591, 0x05bd) || in(0x064b, 0x065f))
    return 0;
  if (in(0x1100, 0x115f) || in(0x2e80, 0xa4cf) || in(0xac00, 0xd7a3) || in(0xf900, 0xfaff) ||
      in(0xfe30, 0xfe6f) || in(0xff00, 0xff60) || in(0xffe0, 0xffe6) || in(0x1f300, 0x1f64f) ||
      in(0x1f680, 0x1f6ff) || in(0x1f900, 0x1f9ff) || in(0x20000, 0x3fffd)) {
    return 2;
  }
  return 1;
}

std::string_view LineOf(std::string_view text, int line) {
  for (int skipped = 1; skipped < line; ++skipped) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(ShownLength(text));
  return count;
}

// The part of a line around its character number `caret` (0-based), and a second line below it.
std::string SourceAndCaret(std::string_view line, size_t caret) {
  const bool cut = CountCharacters(line) > kMaxShown;
  const size_t skip = cut && caret > kShownBefore ? caret - kShownBefore : 0;
  std::string shown = skip > 0 ? "…" : "";
  size_t caret_column = skip > 0 ? 1 : 0;
  size_t index = 0;
  for (; !line.empty() && index < skip + kMaxShown; ++index) {
    const std::string_view character = line.substr(0, ShownLength(line));
    line.remove_prefix(character.size());
    if (index < skip) continue;
    const std::string cell = character == "\t"   ? " "
                             : character == "\\" ? "\\"
                                                 : EscapeForTerminal(character);
    shown += cell;
    if (index < caret) caret_column += cell == character ? DisplayWidth(cell) : cell.size();
  }
  if (!line.empty()) shown += "…";
  return fmt::format("  {}\n  {:>{}}", shown, "^", caret_column + 1);
}

}  // namespace

std::string Quote(std::string_view text) {
  if (text.size() <= kMaxQuoted) return fmt::format("\"{}\"", EscapeForTerminal(text));
  size_t end = kMaxQuoted;  // Back to the start of the character that would be cut in two.
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return fmt::format("\"{}…\"", EscapeForTerminal(text.substr(0, end)));
}

std::string Render(const Diagnostic& diagnostic, std::string_view source_text) {
  std::string rendered = fmt::format("{}:{}:{}: {}", EscapeForTerminal(diagnostic.file),
                                     diagnostic.at.line, diagnostic.at.column, diagnostic.message);
  if (!diagnostic.suggestion.empty()) {
    rendered += fmt::format("; did you mean {}?", Quote(diagnostic.suggestion));
  }
  if (source_text.starts_with("\xef\xbb\xbf")) source_text.remove_prefix(3);  // Counts for nothing.
  const std::string_view line = LineOf(source_text, diagnostic.at.line);
  if (TrimBlanks(line).empty()) return rendered;
  const size_t caret = static_cast<size_t>(std::max(diagnostic.at.column, 1) - 1);
  return rendered + "\n" + SourceAndCaret(line, std::min(caret, CountCharacters(line)));
}

void Diagnostics::Add(Position at, std::string_view path, std::string_view message,
                      std::string_view suggestion) {
  Add(Diagnostic{file_, at, std::string(path), std::string(message), std::string(suggestion)});
}

void Diagnostics::Add(Diagnostic diagnostic) {
  ++count_;
  if (kept_.size() < kMaxKept) kept_.push_back(std::move(diagnostic));
}

absl::Status Diagnostics::ToStatus() const {
  if (empty()) return absl::OkStatus();
  std::vector<Diagnostic> sorted = kept_;
  std::ranges::stable_sort(sorted, {}, &Diagnostic::at);
  std::string text;
  for (const Diagnostic& diagnostic : sorted) {
    if (!text.empty()) text += '\n';
    text += Render(diagnostic, source_text_);
  }
  if (count_ > kept_.size()) {
    const size_t more = count_ - kept_.size();
    text += fmt::format("\n… and {} more error{}", more, more == 1 ? "" : "s");
  }
  return InvalidArgument(text);
}

}  // namespace mayfly::document
