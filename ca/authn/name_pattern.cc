#include "ca/authn/name_pattern.h"

#include <algorithm>
#include <string>

#include "base/network.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

struct Halves {
  std::string_view before, after;
};
Halves SplitAtStar(std::string_view pattern) {
  const size_t star = pattern.find('*');
  return {pattern.substr(0, star), pattern.substr(star + 1)};
}

bool IsDnsName(std::string_view name) {
  return model::CheckHostName(name).ok() && !IpAddress::Parse(name).ok();
}

bool IsStarText(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

absl::Status CheckNamePattern(std::string_view pattern) {
  const std::string shown = EscapeForTerminal(pattern.substr(0, 80));
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return model::CheckHostName(pattern);
  if (pattern.size() == 1) {
    return InvalidArgument("a pattern of * alone would give any name; say more, as in web-*");
  }
  // Whatever stands for the star, it must be a name and never an address: 10.0.0.* is none.
  const Halves halves = SplitAtStar(pattern);
  if (!IsDnsName(fmt::format("{}a{}", halves.before, halves.after)) ||
      !IsDnsName(fmt::format("{}0{}", halves.before, halves.after))) {
    return InvalidArgument(fmt::format(
        "'{}' is not a name pattern; expected a host name in which at most one * stands "
        "for letters, digits and -, such as web-*.example.com",
        shown));
  }
  return absl::OkStatus();
}

bool MatchesNamePattern(std::string_view pattern, std::string_view hostname) {
  if (!CheckNamePattern(pattern).ok() || !model::CheckHostName(hostname).ok()) return false;
  if (pattern.find('*') == std::string_view::npos) return pattern == hostname;
  const Halves halves = SplitAtStar(pattern);
  if (hostname.size() <= halves.before.size() + halves.after.size()) return false;
  return hostname.starts_with(halves.before) && hostname.ends_with(halves.after) &&
         IsStarText(hostname.substr(halves.before.size(),
                                    hostname.size() - halves.before.size() - halves.after.size()));
}

}  // namespace mayfly::authn
