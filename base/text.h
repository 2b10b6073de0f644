// Text for people: durations, times, and strings that cannot fool a terminal.
#ifndef MAYFLY_BASE_TEXT_H_
#define MAYFLY_BASE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mayfly {

// "90s", "1h30m", "7d", "2w": whole numbers with units s m h d w in descending order, each once.
// kInvalidArgument says what is expected. Never negative; at most 100 years.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);
// The shortest form that ParseDuration reads back; below a second "0s"; negative as "-…".
std::string DurationText(absl::Duration duration);

// RFC 3339 in UTC with whole seconds: 2026-11-23T09:18:00Z.
std::string TimeText(absl::Time time);
absl::StatusOr<absl::Time> ParseTime(std::string_view text);

// Escapes control characters, backslash, invalid UTF-8 and the bidirectional and invisible
// formatting characters of Unicode as \n, \t, \xHH or \u{HEX}; everything else stays.
std::string EscapeForTerminal(std::string_view text);

// 'text' in quotes, escaped, and at most 64 bytes of it: a name from outside, as errors show it.
std::string QuoteName(std::string_view text);
bool IsValidUtf8(std::string_view text);
bool IsAscii(std::string_view text);

// Optimal-string-alignment distance, and the candidate nearest to `word` when it is near enough to
// be meant (distance below 3 and below half the word); empty otherwise.
size_t EditDistance(std::string_view a, std::string_view b);
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

std::vector<std::string> SplitLines(std::string_view text);  // Without the line ends, CRLF too.
std::string_view TrimBlanks(std::string_view text);          // Blanks, tabs, CR, LF.

}  // namespace mayfly

#endif  // MAYFLY_BASE_TEXT_H_
