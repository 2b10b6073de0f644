#include "client/policy/alike.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "fmt/format.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxGroups = 200;
constexpr size_t kColumns = 100;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool IsOfName(char c) { return IsAlphanumeric(c) || c == '-' || c == '_' || c == '.'; }

// `from` with each `name` that stands alone made `other`.
std::string Substituted(std::string_view from, std::string_view name, std::string_view other) {
  std::string text;
  size_t copied = 0;
  for (size_t at = from.find(name); at != std::string_view::npos; at = from.find(name, at + 1)) {
    const size_t end = at + name.size();
    if (at < copied || (at > 0 && IsAlphanumeric(from[at - 1])) ||
        (end < from.size() && IsAlphanumeric(from[end]))) {
      continue;
    }
    text.append(from, copied, at - copied).append(other);
    copied = end;
  }
  return text.append(from, copied);
}

// The name around position `at`.
std::string_view NameAround(std::string_view text, size_t at) {
  size_t begin = at;
  size_t end = at;
  while (begin > 0 && IsOfName(text[begin - 1])) --begin;
  while (end < text.size() && IsOfName(text[end])) ++end;
  return text.substr(begin, end - begin);
}

// Where the parts of a name begin and, from the back, end: 0, and behind each of - _ .
std::vector<size_t> Beginnings(std::string_view name) {
  std::vector<size_t> beginnings = {0};
  for (size_t i = 1; i < name.size(); ++i) {
    if (!IsAlphanumeric(name[i - 1])) beginnings.push_back(i);
  }
  return beginnings;
}
std::vector<size_t> Tails(std::string_view name) {
  std::vector<size_t> tails = {0};
  for (size_t i = name.size(); i-- > 1;) {
    if (!IsAlphanumeric(name[i])) tails.push_back(name.size() - i);
  }
  return tails;
}

struct Substitution {
  std::string_view name, other;
};

// The longest name that, exchanged, makes `text` of `from`.
std::optional<Substitution> FindSubstitution(std::string_view from, std::string_view text) {
  const auto [in_from, in_text] = std::mismatch(from.begin(), from.end(), text.begin(), text.end());
  const size_t at = static_cast<size_t>(in_from - from.begin());
  const std::string_view name = NameAround(from, at);
  const std::string_view other = NameAround(text, at);
  // What is before the difference is the same in both; so what is cut off in front is, too.
  const size_t same = at - static_cast<size_t>(name.data() - from.data());
  for (const size_t front : Beginnings(name)) {
    if (front > same) break;
    for (const size_t tail : Tails(name)) {
      if (front + tail >= std::min(name.size(), other.size())) break;
      if (name.substr(name.size() - tail) != other.substr(other.size() - tail)) break;
      const Substitution found{name.substr(front, name.size() - front - tail),
                               other.substr(front, other.size() - front - tail)};
      if (found.name == found.other) continue;
      // Most texts are unlike, and most of those by their length.
      if (found.name.size() == found.other.size() && from.size() != text.size()) continue;
      if (Substituted(from, found.name, found.other) == text) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Alike> GroupAlike(const std::vector<std::string>& texts) {
  std::vector<Alike> groups;
  std::vector<size_t> last;  // Of each group, the index of its last text.
  for (size_t i = 0; i < texts.size(); ++i) {
    const size_t compared = std::min(groups.size(), kMaxGroups);
    size_t at = 0;
    for (; at < compared; ++at) {
      Alike& group = groups[at];
      const std::optional<Substitution> found = FindSubstitution(texts[group.index], texts[i]);
      if (!found || (!group.others.empty() && found->name != group.name)) continue;
      group.name = found->name;
      group.others.emplace_back(found->other);
      last[at] = i;
      break;
    }
    if (at < compared) continue;
    groups.push_back({i, "", {}});
    last.push_back(i);
  }
  // Two are read as quickly as one and a name.
  for (size_t at = 0; at < last.size(); ++at) {
    if (groups[at].others.size() != 1) continue;
    groups[at] = {groups[at].index, "", {}};
    groups.push_back({last[at], "", {}});
  }
  std::ranges::sort(groups, {}, &Alike::index);
  return groups;
}

std::string OthersText(const Alike& alike, const std::string& indent) {
  if (alike.others.empty()) return "";
  std::string line = fmt::format("{}likewise {} times, with these for {}:", indent,
                                 alike.others.size(), alike.name);
  std::string text;
  for (size_t i = 0; i < alike.others.size(); ++i) {
    const std::string word = alike.others[i] + (i + 1 < alike.others.size() ? "," : "");
    if (line.size() + 1 + word.size() > kColumns) {
      text += line + "\n";
      line = indent + "  " + word;
    } else {
      line += " " + word;
    }
  }
  return text + line + "\n";
}

}  // namespace mayfly::client
