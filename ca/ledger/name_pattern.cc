#include "ca/ledger/name_pattern.h"

#include <algorithm>
#include <string>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

bool IsStarCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

absl::Status CheckNamePattern(std::string_view pattern) {
  std::string example(pattern);
  const size_t star = example.find('*');
  if (star != std::string::npos) example[star] = 'x';  // A second star is no part of a host name.
  if (model::CheckHostName(example).ok()) return absl::OkStatus();
  return InvalidArgument(fmt::format(
      "'{}' is not a name pattern; expected a host name, or one with a single * such as "
      "web-*.example.com",
      EscapeForTerminal(pattern.substr(0, 80))));
}

bool NameMatches(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  const std::string_view head = pattern.substr(0, star);
  const std::string_view tail = pattern.substr(star + 1);
  if (name.size() <= head.size() + tail.size()) return false;
  const std::string_view middle = name.substr(head.size(), name.size() - head.size() - tail.size());
  return name.substr(0, head.size()) == head && name.substr(name.size() - tail.size()) == tail &&
         std::ranges::all_of(middle, IsStarCharacter);
}

}  // namespace mayfly::ledger
