#include "client/keygen/validity.h"

#include <strings.h>

#include <charconv>
#include <climits>
#include <ctime>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

absl::Status NoTime(std::string_view text) {
  return InvalidArgument(
      fmt::format("'{}' is no time of validity: expected such as +4h, -1m:+52w, "
                  "20260101:20270101120000Z, 0x0:0xffff or always:forever",
                  EscapeForTerminal(text.substr(0, 64))));
}

// Seconds in one unit; 0 for a letter that is none.
int64_t SecondsOf(char unit) {
  switch (unit) {
    case 's':
    case 'S':
      return 1;
    case 'm':
    case 'M':
      return 60;
    case 'h':
    case 'H':
      return 3600;
    case 'd':
    case 'D':
      return 86400;
    case 'w':
    case 'W':
      return 604800;
    default:
      return 0;
  }
}

// "1h30m", "90": numbers with units in any order, as often as one likes; at most INT_MAX seconds,
// as ssh-keygen.
absl::StatusOr<int64_t> ParseSeconds(std::string_view text) {
  if (text.empty()) return NoTime(text);
  int64_t total = 0;
  for (std::string_view rest = text; !rest.empty();) {
    int64_t count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (error != std::errc() || count < 0 || rest.front() == '-') return NoTime(text);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    int64_t unit = 1;
    if (!rest.empty()) {
      unit = SecondsOf(rest.front());
      rest.remove_prefix(1);
    }
    if (unit == 0 || count > INT_MAX / unit || total > INT_MAX - count * unit) return NoTime(text);
    total += count * unit;
  }
  return total;
}

absl::StatusOr<uint64_t> ParseRelative(std::string_view text, int64_t now) {
  MAYFLY_ASSIGN_OR_RETURN(const int64_t seconds, ParseSeconds(text.substr(1)));
  if (text.front() == '+') return static_cast<uint64_t>(now + seconds);
  if (seconds > now) return NoTime(text);
  return static_cast<uint64_t>(now - seconds);
}

absl::StatusOr<uint64_t> ParseHex(std::string_view text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data() + 2, end, value, 16);
  if (text.size() == 2 || result.ec != std::errc() || result.ptr != end) return NoTime(text);
  return value;
}

// Strips "Z" or "UTC" from the end, and says whether it was there.
bool StripUtc(std::string_view& text) {
  for (const std::string_view suffix : {"Z", "UTC"}) {
    if (text.size() <= suffix.size()) continue;
    if (strncasecmp(text.data() + text.size() - suffix.size(), suffix.data(), suffix.size()) == 0) {
      text.remove_suffix(suffix.size());
      return true;
    }
  }
  return false;
}

absl::StatusOr<uint64_t> ParseAbsolute(std::string_view whole) {
  std::string_view text = whole;
  const bool is_utc = StripUtc(text);
  if ((text.size() != 8 && text.size() != 12 && text.size() != 14) ||
      text.find_first_not_of("0123456789") != std::string_view::npos) {
    return NoTime(whole);
  }
  const auto number = [&](size_t at, size_t size) {
    int value = 0;
    for (size_t i = at; i < at + size && i < text.size(); ++i) value = value * 10 + text[i] - '0';
    return value;
  };
  std::tm time = {};
  time.tm_year = number(0, 4) - 1900;
  time.tm_mon = number(4, 2) - 1;
  time.tm_mday = number(6, 2);
  time.tm_hour = number(8, 2);
  time.tm_min = number(10, 2);
  time.tm_sec = number(12, 2);
  if (time.tm_mon < 0 || time.tm_mon > 11 || time.tm_mday < 1 || time.tm_mday > 31 ||
      time.tm_hour > 23 || time.tm_min > 59 || time.tm_sec > 60) {
    return NoTime(whole);
  }
  const time_t seconds = is_utc ? timegm(&time) : mktime(&time);
  if (seconds < 0) return NoTime(whole);
  return static_cast<uint64_t>(seconds);
}

absl::StatusOr<uint64_t> ParseEnd(std::string_view text, std::string_view unbounded, uint64_t bound,
                                  int64_t now) {
  if (text.empty()) return NoTime(text);
  if (text.front() == '-' || text.front() == '+') return ParseRelative(text, now);
  if (text == unbounded) return bound;
  if (text.starts_with("0x")) return ParseHex(text);
  return ParseAbsolute(text);
}

std::string LocalText(uint64_t unix_s) {
  constexpr uint64_t kLargest = LLONG_MAX;
  const time_t seconds = static_cast<time_t>(unix_s > kLargest ? kLargest : unix_s);
  std::tm time = {};
  // Beyond the year 2^31 there is no local time; ssh-keygen then prints what it began with.
  localtime_r(&seconds, &time);
  char text[64];
  const size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &time);
  return std::string(text, size);
}

}  // namespace

absl::StatusOr<Validity> ParseValidity(const std::string& text, absl::Time now) {
  const int64_t now_s = absl::ToUnixSeconds(now);
  const size_t colon = text.find(':');
  Validity validity;
  if (colon == std::string::npos && text.starts_with('+')) {
    MAYFLY_ASSIGN_OR_RETURN(validity.before_unix_s, ParseRelative(text, now_s));
    // A minute ago, for clocks that are behind.
    validity.after_unix_s = static_cast<uint64_t>((now_s - 59) / 60 * 60);
    return validity;
  }
  if (colon == std::string::npos) return NoTime(text);
  const std::string_view view = text;
  MAYFLY_ASSIGN_OR_RETURN(validity.after_unix_s,
                          ParseEnd(view.substr(0, colon), "always", 0, now_s));
  MAYFLY_ASSIGN_OR_RETURN(validity.before_unix_s, ParseEnd(view.substr(colon + 1), "forever",
                                                           ssh::kForeverUnixSeconds, now_s));
  if (validity.before_unix_s <= validity.after_unix_s) {
    return InvalidArgument(fmt::format("the validity '{}' ends before it begins",
                                       EscapeForTerminal(text.substr(0, 64))));
  }
  return validity;
}

std::string ValidityText(const Validity& validity) {
  const bool from_always = validity.after_unix_s == 0;
  const bool for_ever = validity.before_unix_s == ssh::kForeverUnixSeconds;
  if (from_always && for_ever) return "forever";
  if (from_always) return "before " + LocalText(validity.before_unix_s);
  if (for_ever) return "after " + LocalText(validity.after_unix_s);
  return fmt::format("from {} to {}", LocalText(validity.after_unix_s),
                     LocalText(validity.before_unix_s));
}

}  // namespace mayfly::client
