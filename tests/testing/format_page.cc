#include "tests/testing/format_page.h"

#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"
#include "tests/testing/paths.h"

namespace mayfly::testing {
namespace {

constexpr std::string_view kIndentation = "    ";

// Empty when a line does not start with whole bytes in hexadecimal.
Bytes HexOf(const std::vector<std::string>& block) {
  Bytes bytes;
  for (const std::string& line : block) {
    const absl::StatusOr<Bytes> some = HexDecode(line.substr(0, line.find(' ')));
    if (!some.ok() || some->empty()) return {};
    bytes.insert(bytes.end(), some->begin(), some->end());
  }
  return bytes;
}

}  // namespace

FormatPage::FormatPage(std::string_view name) {
  const absl::StatusOr<std::string> text =
      ReadFile(SourcePath(fmt::format("docs/formats/{}.md", name)));
  MAYFLY_CHECK(text.ok());
  text_ = *text;
  std::vector<std::string> block;
  for (const std::string& line : SplitLines(text_ + "\n\n")) {
    if (line.starts_with(kIndentation)) {
      block.push_back(line.substr(kIndentation.size()));
      continue;
    }
    if (block.empty()) continue;
    if (Bytes bytes = HexOf(block); !bytes.empty()) examples_.push_back(std::move(bytes));
    blocks_.push_back(std::exchange(block, {}));
  }
}

}  // namespace mayfly::testing
