#include "client/policy/junit.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// XML 1.0 has no way to write a control character; they are escaped as for a terminal.
std::string Xml(std::string_view text) {
  std::string escaped;
  for (const char c : EscapeForTerminal(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string FileOf(const policy::CaseResult& result) {
  return result.test->source.substr(0, result.test->source.rfind(':'));
}

std::string CaseOf(const policy::CaseResult& result) {
  const std::string head = fmt::format("    <testcase classname=\"{}\" name=\"{}\"",
                                       Xml(FileOf(result)), Xml(result.test->name));
  if (result.passed()) return head + "/>\n";
  std::string text;
  for (const std::string& difference : result.differences) text += Xml(difference) + "\n";
  return fmt::format("{}>\n      <failure message=\"{}\">{}{}</failure>\n    </testcase>\n", head,
                     Xml(result.differences.front()), text, Xml(result.test->source));
}

}  // namespace

std::string JunitOf(const std::vector<policy::CaseResult>& results) {
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mayfly policy test\">\n";
  for (auto begin = results.begin(); begin != results.end();) {
    const auto end = std::find_if(begin, results.end(), [&](const policy::CaseResult& result) {
      return FileOf(result) != FileOf(*begin);
    });
    const auto failed = std::count_if(
        begin, end, [](const policy::CaseResult& result) { return !result.passed(); });
    xml += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n",
                       Xml(FileOf(*begin)), end - begin, failed);
    for (; begin != end; ++begin) xml += CaseOf(*begin);
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace mayfly::client
