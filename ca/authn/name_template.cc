#include "ca/authn/name_template.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr size_t kMaxTemplate = 512;
constexpr size_t kMaxName = 32;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsPlaceholderName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && IsLower(name.front()) &&
         std::ranges::all_of(name, [](char c) { return IsLower(c) || IsDigit(c) || c == '_'; });
}

bool IsValue(char c, bool dots) {
  return IsLower(c) || IsDigit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         (dots && c == '.');
}

}  // namespace

absl::StatusOr<NameTemplate> NameTemplate::Parse(std::string_view text) {
  const auto wrong = [&](std::string_view what) {
    return InvalidArgument(fmt::format("'{}': {}", EscapeForTerminal(text.substr(0, 80)), what));
  };
  if (text.empty() || text.size() > kMaxTemplate) {
    return InvalidArgument(fmt::format("expected 1 to {} characters", kMaxTemplate));
  }
  NameTemplate result;
  result.text_ = text;
  std::string literal;
  const auto finish_literal = [&] {
    if (!literal.empty()) result.parts_.push_back({false, literal});
    literal.clear();
  };
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      if (text[i] <= 0x20 || text[i] >= 0x7f) return wrong("only printable ASCII is allowed");
      literal += text[i++];
      continue;
    }
    const size_t end = text.find('}', i);
    if (i + 1 >= text.size() || text[i + 1] != '{' || end == std::string_view::npos) {
      return wrong("a placeholder is written ${name}");
    }
    const std::string name(text.substr(i + 2, end - i - 2));
    if (!IsPlaceholderName(name)) {
      return wrong("a placeholder has 1 to 32 lower-case letters, digits or _, a letter first");
    }
    if (!result.names_.insert(name).second) {
      return wrong(fmt::format("${{{}}} stands there twice", name));
    }
    finish_literal();
    result.parts_.push_back({true, name});
    i = end + 1;
  }
  finish_literal();
  return result;
}

absl::Status NameTemplate::CheckMatchable(bool dots) const {
  for (size_t i = 1; i < parts_.size(); ++i) {
    if (!parts_[i].is_placeholder) continue;
    if (parts_[i - 1].is_placeholder) {
      return InvalidArgument("two placeholders touch; put what separates them in between");
    }
    if (i < 2) continue;
    // Between two placeholders stands a character that neither can hold.
    const std::string& between = parts_[i - 1].text;
    const bool separates = std::ranges::any_of(between, [&](char c) { return !IsValue(c, dots); });
    if (!separates) {
      return InvalidArgument(
          fmt::format("'{}' between two placeholders could belong to either; expected a separator "
                      "such as /",
                      between));
    }
  }
  return absl::OkStatus();
}

std::optional<Placeholders> NameTemplate::Match(std::string_view value, bool dots) const {
  Placeholders found;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (!part.is_placeholder) {
      if (!value.starts_with(part.text)) return std::nullopt;
      value.remove_prefix(part.text.size());
      continue;
    }
    // As far as a value goes, or to the text that follows; a placeholder at the end takes all.
    size_t size = 0;
    while (size < value.size() && IsValue(value[size], dots)) ++size;
    if (i + 1 < parts_.size()) {
      const std::string& next = parts_[i + 1].text;
      // The last place where the rest can begin: "${name}.example.com" of a.b.example.com.
      const bool last = i + 2 == parts_.size();
      const size_t at =
          last ? (value.size() >= next.size() && value.ends_with(next) ? value.size() - next.size()
                                                                       : std::string_view::npos)
               : value.find(next);
      if (at == std::string_view::npos || at > size) return std::nullopt;
      size = at;
    } else if (size != value.size()) {
      return std::nullopt;
    }
    if (size == 0) return std::nullopt;
    found[part.text] = value.substr(0, size);
    value.remove_prefix(size);
  }
  if (!value.empty()) return std::nullopt;
  return found;
}

std::optional<std::string> NameTemplate::Fill(const Placeholders& values) const {
  std::string filled;
  for (const Part& part : parts_) {
    if (!part.is_placeholder) {
      filled += part.text;
      continue;
    }
    const auto found = values.find(part.text);
    if (found == values.end()) return std::nullopt;
    filled += found->second;
  }
  return filled;
}

}  // namespace mayfly::authn
