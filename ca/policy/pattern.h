// Patterns of policies: for claims, reasons, logins and commands.
#ifndef MAYFLY_CA_POLICY_PATTERN_H_
#define MAYFLY_CA_POLICY_PATTERN_H_

#include <string_view>

#include "absl/status/status.h"

namespace mayfly::policy {

inline constexpr size_t kMaxPattern = 256;
inline constexpr size_t kMaxMatched = 4096;  // Longer texts match nothing.

// Whether `pattern` matches the whole of `text`, byte for byte but for:
//   *   any text, also none, without '/' and ':', the separators of refs, paths and subjects of
//       workloads: acme/* is the repositories of acme, not acme/x:ref:y
//   **  any text
//   #   one or more digits
// Takes time in proportion to the product of both lengths, whatever they hold.
bool Matches(std::string_view pattern, std::string_view text);

// kInvalidArgument: empty, longer than kMaxPattern, not printable UTF-8, or without a character of
// its own, so that it would hold for anything.
absl::Status CheckPattern(std::string_view pattern);
bool HasWildcard(std::string_view text);  // * or #

// Login patterns: `*` alone is a wildcard, for [a-z0-9_.-]*; never '@', which begins a domain.
bool MatchesLogin(std::string_view pattern, std::string_view login);
// kInvalidArgument unless it begins with a letter and, for any filling, makes a login.
absl::Status CheckLoginPattern(std::string_view pattern);

// Command patterns: each `*` is one word of [A-Za-z0-9_./:@%+=,-]+: nothing that a shell takes
// apart, and no blank, so that no filling adds an argument. Options ("-x") are refused as fillings
// of a `*` that begins a word.
bool MatchesCommand(std::string_view pattern, std::string_view command);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_PATTERN_H_
