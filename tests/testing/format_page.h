// A page of docs/formats, as the tests read it: so that neither the page nor the reader drifts.
#ifndef MAYFLY_TESTS_TESTING_FORMAT_PAGE_H_
#define MAYFLY_TESTS_TESTING_FORMAT_PAGE_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace mayfly::testing {

class FormatPage {
 public:
  // `name` as in docs/formats/NAME.md. Ends the process when there is none.
  explicit FormatPage(std::string_view name);

  const std::string& text() const { return text_; }
  bool Says(std::string_view words) const { return text_.find(words) != std::string::npos; }
  // The indented blocks, each line without its indentation.
  const std::vector<std::vector<std::string>>& blocks() const { return blocks_; }
  // The bytes of those blocks whose every line starts with hexadecimal digits, in order; what
  // follows the digits on a line is for people.
  const std::vector<Bytes>& examples() const { return examples_; }

 private:
  std::string text_;
  std::vector<std::vector<std::string>> blocks_;
  std::vector<Bytes> examples_;
};

}  // namespace mayfly::testing

#endif  // MAYFLY_TESTS_TESTING_FORMAT_PAGE_H_
