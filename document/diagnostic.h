// What is wrong with a document, where, and how it is shown to the person who wrote it.
#ifndef MAYFLY_DOCUMENT_DIAGNOSTIC_H_
#define MAYFLY_DOCUMENT_DIAGNOSTIC_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "document/position.h"

namespace mayfly::document {

// One mistake. `message` is a clause in lower case without a final period; text that comes from the
// document stands in it through Quote.
struct Diagnostic {
  std::string file;
  Position at;
  std::string path;        // For machines: grants[2].for.groups[0]; empty for the whole document.
  std::string message;     // unknown field "lifetme"
  std::string suggestion;  // What was probably meant, verbatim: lifetime. May be empty.
};

// Returns `text` in double quotes, escaped for a terminal and cut after 64 bytes.
std::string Quote(std::string_view text);

// Returns the mistake as three lines without a final newline:
//
//   policies/web.yaml:3:7: unknown field "lifetme"; did you mean "lifetime"?
//         lifetme: 8h
//         ^
//
// The source line is indented by two blanks; tabs become one blank, control and invisible
// characters are escaped, and of a long line the part around the caret is shown. Where the line is
// blank or does not exist, only the first line is returned.
std::string Render(const Diagnostic& diagnostic, std::string_view source_text);

// The mistakes of one file. Not thread-safe.
class Diagnostics {
 public:
  // More than these help nobody; they are counted, not kept.
  static constexpr size_t kMaxKept = 20;

  // `source_text` must outlive the object.
  Diagnostics(std::string_view file_name, std::string_view source_text)
      : file_(file_name), source_text_(source_text) {}

  void Add(Position at, std::string_view path, std::string_view message,
           std::string_view suggestion = {});
  void Add(Diagnostic diagnostic);

  bool empty() const { return count_ == 0; }
  size_t count() const { return count_; }  // Also those that were not kept.
  const std::vector<Diagnostic>& kept() const { return kept_; }

  // OK when there are none; else kInvalidArgument, whose message is every kept mistake rendered, in
  // the order of the text, and "… and 7 more errors" when there are more.
  absl::Status ToStatus() const;

 private:
  std::string file_;
  std::string_view source_text_;
  std::vector<Diagnostic> kept_;
  size_t count_ = 0;
};

}  // namespace mayfly::document

#endif  // MAYFLY_DOCUMENT_DIAGNOSTIC_H_
