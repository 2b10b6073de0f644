#include "ca/policy/hours.h"

#include <algorithm>
#include <vector>

#include "absl/time/civil_time.h"
#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

constexpr int kMinutesOfDay = 24 * 60;
constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr absl::Time kEndOfCalendar = absl::FromUnixSeconds(253402300799);  // Of the year 9999.
constexpr const char* kZoneTable = "/usr/share/zoneinfo/zone1970.tab";

size_t DayIndex(absl::CivilDay day) {
  return static_cast<size_t>(absl::GetWeekday(day));  // absl::Weekday::monday is 0.
}

absl::Time At(const absl::TimeZone& zone, absl::CivilDay day, int minute) {
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilMinute(day) + minute);
  // Of a time that comes twice `pre` is the first; of a skipped one `trans` is the change itself.
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
}

absl::StatusOr<size_t> DayOf(std::string_view word) {
  const auto found = std::ranges::find(kDays, word);
  if (found != kDays.end()) return static_cast<size_t>(found - kDays.begin());
  return InvalidArgument(fmt::format("'{}' is no day; expected mon, tue, wed, thu, fri, sat or sun",
                                     EscapeForTerminal(word.substr(0, 20))));
}

// "07:30" -> 450; -1 when it is none.
int MinuteOf(std::string_view text) {
  const auto digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
    return -1;
  }
  const int hour = (text[0] - '0') * 10 + text[1] - '0';
  const int minute = (text[3] - '0') * 10 + text[4] - '0';
  return minute > 59 || hour * 60 + minute > kMinutesOfDay ? -1 : hour * 60 + minute;
}

std::string DaysText(const std::array<bool, 7>& days) {
  std::string text;
  for (size_t first = 0; first < 7; ++first) {
    if (!days[first]) continue;
    size_t last = first;
    while (last + 1 < 7 && days[last + 1]) ++last;
    if (!text.empty()) text += ',';
    text += kDays[first];
    if (last > first) text += fmt::format("{}{}", last > first + 1 ? '-' : ',', kDays[last]);
    first = last;
  }
  return text;
}

std::string MinuteText(int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); }

// Only names of the database: absl would also take a path, or ask the C library.
bool IsZoneName(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '/';
  };
  return !name.empty() && name.size() <= 64 && name.front() >= 'A' && name.front() <= 'Z' &&
         std::ranges::all_of(name, good);
}

std::string NearestZone(const std::string& name) {
  const absl::StatusOr<std::string> table = ReadFile(kZoneTable);
  if (!table.ok()) return "";
  std::vector<std::string> zones = {"UTC"};
  for (const std::string& line : SplitLines(*table)) {
    if (line.starts_with('#')) continue;
    // countries <tab> coordinates <tab> zone [<tab> comment]
    size_t begin = 0;
    for (int column = 0; column < 2 && begin != std::string::npos; ++column) {
      begin = line.find('\t', begin);
      if (begin != std::string::npos) ++begin;
    }
    if (begin == std::string::npos) continue;
    zones.push_back(line.substr(begin, line.find('\t', begin) - begin));
  }
  return Nearest(name, zones);
}

}  // namespace

std::optional<absl::Time> Hours::EndAt(absl::Time now) const {
  // Beyond these the calendar's arithmetic overflows, and no certificate is for such a moment.
  if (now < absl::UnixEpoch() || now > kEndOfCalendar) return std::nullopt;
  const absl::CivilDay today(absl::ToCivilDay(now, zone));
  std::optional<absl::Time> end;
  absl::Time inside = now;
  for (absl::CivilDay day = today - 1; day <= today + 7; ++day) {
    if (!days[DayIndex(day)]) continue;
    const absl::Time begin = At(zone, day, begin_minute);
    const absl::Time close =
        end_minute > begin_minute ? At(zone, day, end_minute) : At(zone, day + 1, end_minute);
    if (begin <= inside && inside < close) {
      end = close;
      inside = close;  // What begins as this ends goes on.
    }
  }
  return end;
}

std::string Hours::ToString() const {
  return fmt::format("{} {}-{} {}", DaysText(days), MinuteText(begin_minute),
                     MinuteText(end_minute), zone.name());
}

std::string Hours::ClockText(absl::Time now) const {
  return fmt::format("{} {}", kDays[DayIndex(absl::ToCivilDay(now, zone))],
                     absl::FormatTime("%H:%M", now, zone));
}

absl::StatusOr<std::array<bool, 7>> ParseDays(std::string_view text) {
  std::array<bool, 7> days = {};
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    const size_t dash = part.find('-');
    MAYFLY_ASSIGN_OR_RETURN(const size_t first, DayOf(part.substr(0, dash)));
    size_t last = first;
    if (dash != std::string_view::npos) {
      MAYFLY_ASSIGN_OR_RETURN(last, DayOf(part.substr(dash + 1)));
      if (last == first) {
        return InvalidArgument(
            fmt::format("'{}' is one day or all of them; write {}, or mon-sun", part, kDays[last]));
      }
    }
    for (size_t day = first;; day = (day + 1) % 7) {
      if (days[day]) return InvalidArgument(fmt::format("{} is named twice", kDays[day]));
      days[day] = true;
      if (day == last) break;
    }
    begin = end + 1;
  }
  return days;
}

absl::StatusOr<Minutes> ParseBetween(std::string_view text) {
  const size_t dash = text.find('-');
  const int begin = MinuteOf(text.substr(0, dash));
  const int end = dash == std::string_view::npos ? -1 : MinuteOf(text.substr(dash + 1));
  if (begin < 0 || end < 0) {
    return InvalidArgument(
        fmt::format("'{}' are no hours; expected two times of the 24-hour clock, as "
                    "\"07:00-20:00\"",
                    EscapeForTerminal(text.substr(0, 40))));
  }
  if (begin == end || begin == kMinutesOfDay || end == 0) {
    return InvalidArgument(
        fmt::format("'{}' never holds or always does; for a whole day write \"00:00-24:00\", for "
                    "hours until midnight as \"20:00-24:00\"",
                    text));
  }
  return Minutes{begin, end};
}

absl::StatusOr<absl::TimeZone> LoadZone(const std::string& name) {
  absl::TimeZone zone;
  if (IsZoneName(name) && absl::LoadTimeZone(name, &zone)) return zone;
  const std::string nearest = NearestZone(name);
  return InvalidArgument(fmt::format("'{}' is no time zone of the IANA database{}",
                                     EscapeForTerminal(std::string_view(name).substr(0, 64)),
                                     nearest.empty() ? "; expected one as Europe/Berlin, or UTC"
                                                     : fmt::format("; did you mean {}?", nearest)));
}

}  // namespace mayfly::policy
