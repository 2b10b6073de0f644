#include "ca/token/claim_pattern.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::token {
namespace {

constexpr size_t kMaxPattern = 512;

std::string QuoteValue(const std::string& text) {
  return fmt::format("'{}'", EscapeForTerminal(text.substr(0, 128)));
}

bool MatchesAny(const std::vector<std::string>& patterns, const std::string& value) {
  return std::ranges::any_of(
      patterns, [&](const std::string& pattern) { return MatchesClaimPattern(pattern, value); });
}

}  // namespace

bool MatchesClaimPattern(std::string_view pattern, std::string_view text) {
  // reached[i]: the pattern so far can stand for the first i bytes of the text.
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (size_t p = 0; p < pattern.size(); ++p) {
    std::vector<bool> next(text.size() + 1, false);
    if (pattern[p] != '*') {
      for (size_t i = 0; i < text.size(); ++i) next[i + 1] = reached[i] && text[i] == pattern[p];
    } else {
      const bool across = p + 1 < pattern.size() && pattern[p + 1] == '*';
      if (across) ++p;
      next = reached;
      for (size_t i = 0; i < text.size(); ++i) {
        if (next[i] && (across || (text[i] != '/' && text[i] != ':'))) next[i + 1] = true;
      }
    }
    reached = std::move(next);
  }
  return reached[text.size()];
}

absl::Status CheckClaimPattern(std::string_view pattern) {
  if (pattern.empty() || pattern.size() > kMaxPattern) {
    return InvalidArgument("expected a text of 1 to 512 bytes");
  }
  if (pattern.find_first_not_of('*') == std::string_view::npos) {
    return InvalidArgument("this allows everything; say what is allowed");
  }
  return absl::OkStatus();
}

absl::Status CheckBoundClaims(const Claims& claims, const std::vector<BoundClaim>& bound) {
  for (const BoundClaim& one : bound) {
    const std::string name = QuoteValue(one.claim);
    std::vector<std::string> values;
    if (const std::optional<std::vector<std::string>> list = claims.List(one.claim)) {
      values = *list;
    } else if (const std::optional<std::string> scalar = claims.Scalar(one.claim)) {
      values = {*scalar};
    }
    if (values.empty()) {
      return PermissionDenied(
          fmt::format("the token has no claim {} that could be compared; it is required", name));
    }
    const bool allowed = std::ranges::any_of(
        values, [&](const std::string& value) { return MatchesAny(one.patterns, value); });
    if (!allowed) {
      return PermissionDenied(fmt::format("the token's claim {} is {}, which is not allowed", name,
                                          QuoteValue(values.front())));
    }
  }
  return absl::OkStatus();
}

}  // namespace mayfly::token
