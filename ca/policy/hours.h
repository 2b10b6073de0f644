// Hours of the week, by the clock of a place.
#ifndef MAYFLY_CA_POLICY_HOURS_H_
#define MAYFLY_CA_POLICY_HOURS_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mayfly::policy {

// On each of `days` the hours run from `begin_minute` to `end_minute` of that day; an end before
// the beginning is of the next day. Where clocks are changed: a time that comes twice means the
// first, one that is skipped means the moment of the change.
struct Hours {
  std::array<bool, 7> days = {};  // From Monday. At least one.
  int begin_minute = 0;           // 0 to 1439.
  int end_minute = 0;             // 1 to 1440; never begin_minute.
  absl::TimeZone zone;

  // The end of the hours that `now` is within, nullopt outside. Adjoining hours (00:00-24:00 on
  // several days) are one: the end is that of the last of them, at most eight days away. No moment
  // before 1970 or after the year 9999 is within any.
  std::optional<absl::Time> EndAt(absl::Time now) const;

  std::string ToString() const;                 // "mon-fri 07:00-20:00 Europe/Berlin"
  std::string ClockText(absl::Time now) const;  // "sat 14:05", there.
  friend bool operator==(const Hours&, const Hours&) = default;
};

// "mon-fri", "sat,sun", "fri-mon". kInvalidArgument says what is expected.
absl::StatusOr<std::array<bool, 7>> ParseDays(std::string_view text);
// "07:00-20:00": 24-hour clock, two digits each.
struct Minutes {
  int begin = 0;
  int end = 0;
};
absl::StatusOr<Minutes> ParseBetween(std::string_view text);
// A zone of the IANA database by its name; "UTC". Reads the file system's zoneinfo.
//   kInvalidArgument  no such zone; the message suggests one when it is near
absl::StatusOr<absl::TimeZone> LoadZone(const std::string& name);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_HOURS_H_
