#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "base/status.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

struct Unit {
  char letter;
  int64_t seconds;
};
constexpr std::array<Unit, 5> kUnits = {
    {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
constexpr int64_t kMaxDurationSeconds = int64_t{100} * 366 * 86400;

// Decodes one code point at `at`; returns its length, or 0 when the bytes are not UTF-8.
size_t DecodeUtf8(std::string_view text, size_t at, uint32_t& code_point) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at);
  if (first < 0x80) {
    code_point = first;
    return 1;
  }
  size_t length = 0;
  uint32_t minimum = 0;
  if ((first & 0xe0) == 0xc0) {
    length = 2, minimum = 0x80, code_point = first & 0x1f;
  } else if ((first & 0xf0) == 0xe0) {
    length = 3, minimum = 0x800, code_point = first & 0x0f;
  } else if ((first & 0xf8) == 0xf0) {
    length = 4, minimum = 0x10000, code_point = first & 0x07;
  } else {
    return 0;
  }
  if (at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
    code_point = code_point << 6 | (byte(at + i) & 0x3f);
  }
  if (code_point < minimum || code_point > 0x10ffff ||
      (code_point >= 0xd800 && code_point <= 0xdfff)) {
    return 0;
  }
  return length;
}

// Characters that change how a terminal or a reader sees the text around them.
bool IsDeceptive(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x00ad || c == 0x034f || c == 0x061c ||
         (c >= 0x115f && c <= 0x1160) || (c >= 0x17b4 && c <= 0x17b5) ||
         (c >= 0x180b && c <= 0x180f) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x3164 ||
         (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || c == 0xffa0 ||
         (c >= 0xfff0 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

// How many bytes at the beginning of `text` are printable ASCII, and no backslash.
size_t CountPlain(std::string_view text) {
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f && c != '\\'; };
  return static_cast<size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  const absl::Status error = InvalidArgument(
      fmt::format("'{}' is not a duration; expected one such as 90s, 30m, 8h, 1h30m or 7d",
                  EscapeForTerminal(text.substr(0, 64))));
  int64_t total = 0;
  size_t next_unit = 0;
  if (text.empty()) return error;
  while (!text.empty()) {
    int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    const size_t digits = static_cast<size_t>(end - text.data());
    if (code != std::errc() || number < 0 || digits == 0 || digits >= text.size() ||
        text.front() == '-') {
      return error;
    }
    size_t unit = next_unit;
    while (unit < kUnits.size() && kUnits[unit].letter != text[digits]) ++unit;
    if (unit == kUnits.size()) return error;
    if (number > (kMaxDurationSeconds - total) / kUnits[unit].seconds) return error;
    total += number * kUnits[unit].seconds;
    next_unit = unit + 1;
    text.remove_prefix(digits + 1);
  }
  return absl::Seconds(total);
}

std::string DurationText(absl::Duration duration) {
  if (duration == absl::InfiniteDuration()) return "for ever";
  if (duration < absl::ZeroDuration()) return "-" + DurationText(-duration);
  int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds == 0) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    if (unit.letter == 'w') continue;  // 7d reads better than 1w.
    if (seconds >= unit.seconds) {
      text += fmt::format("{}{}", seconds / unit.seconds, unit.letter);
      seconds %= unit.seconds;
    }
  }
  return text;
}

std::string TimeText(absl::Time time) {
  if (time == absl::InfiniteFuture()) return "never";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

absl::StatusOr<absl::Time> ParseTime(std::string_view text) {
  absl::Time time;
  std::string error;
  // absl also takes blanks at both ends, years of any length, and infinite-future.
  const bool shaped = text.size() >= 20 && text.size() <= 64 && text[4] == '-' && text[10] == 'T' &&
                      text.find_first_not_of("0123456789-:.+TZ") == std::string_view::npos &&
                      text.front() >= '0' && text.front() <= '9';
  if (!shaped || !absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) {
    return InvalidArgument(fmt::format("'{}' is not a time; expected one such as {}",
                                       EscapeForTerminal(text.substr(0, 64)),
                                       "2026-11-23T09:18:00Z"));
  }
  return time;
}

std::string EscapeForTerminal(std::string_view text) {
  // Nearly every text is plain to its end.
  std::string escaped(text.substr(0, CountPlain(text)));
  for (size_t i = escaped.size(); i < text.size();) {
    uint32_t c = 0;
    const size_t length = DecodeUtf8(text, i, c);
    if (length == 0) {
      escaped += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[i++]));
      continue;
    }
    if (c == '\\') {
      escaped += "\\\\";
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\t') {
      escaped += "\\t";
    } else if (c < 0x80 && IsDeceptive(c)) {
      escaped += fmt::format("\\x{:02x}", c);
    } else if (IsDeceptive(c)) {
      escaped += fmt::format("\\u{{{:x}}}", c);
    } else {
      escaped += text.substr(i, length);
    }
    i += length;
  }
  return escaped;
}

std::string QuoteName(std::string_view text) {
  constexpr size_t kShown = 64;
  return "'" + EscapeForTerminal(text.substr(0, kShown)) + "'";
}

bool IsAscii(std::string_view text) {
  uint64_t high_bits = 0;
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= text.size(); i += sizeof(uint64_t)) {
    uint64_t eight;
    std::memcpy(&eight, text.data() + i, sizeof(eight));
    high_bits |= eight;
  }
  for (; i < text.size(); ++i) high_bits |= static_cast<uint8_t>(text[i]);
  return (high_bits & 0x8080808080808080) == 0;
}

bool IsValidUtf8(std::string_view text) {
  if (IsAscii(text)) return true;
  for (size_t i = 0; i < text.size();) {
    uint32_t c = 0;
    const size_t length = DecodeUtf8(text, i, c);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::string Nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > 64) return "";  // Nobody mistyped that; and the distance is quadratic.
  std::string best;
  size_t best_distance = 3;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance && distance * 2 < std::max(word.size(), candidate.size()) + 1) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.emplace_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string_view TrimBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace mayfly
