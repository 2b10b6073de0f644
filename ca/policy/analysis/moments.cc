#include "ca/policy/analysis/moments.h"

#include <algorithm>
#include <set>

#include "absl/time/civil_time.h"
#include "ca/policy/analysis/situation.h"

namespace mayfly::policy {
namespace {

constexpr int kDays = 371;  // A year, and the week that it began in.

using Combination = std::vector<bool>;

Combination CombinationAt(const std::vector<Hours>& hours, absl::Time now) {
  Combination held;
  for (const Hours& one : hours) held.push_back(one.EndAt(now).has_value());
  return held;
}

// The offsets of all zones at the beginning and the end of a week: weeks in which they are the same
// have the same combinations.
std::vector<int> OffsetsOf(const std::vector<Hours>& hours, absl::Time from) {
  std::vector<int> offsets;
  for (const absl::Time time : {from - absl::Hours(24), from + absl::Hours(8 * 24)}) {
    for (const Hours& one : hours) offsets.push_back(one.zone.At(time).offset);
  }
  return offsets;
}

// Both edges of all hours of eight days.
void AddEdges(const std::vector<Hours>& hours, absl::Time from, std::set<absl::Time>* edges) {
  for (const Hours& one : hours) {
    const absl::CivilDay first = absl::ToCivilDay(from, one.zone) - 1;
    for (absl::CivilDay day = first; day < first + 9; ++day) {
      const absl::CivilMinute midnight(day);
      edges->insert(absl::FromCivil(midnight + one.begin_minute, one.zone));
      edges->insert(absl::FromCivil(midnight + one.end_minute, one.zone));
    }
  }
}

// When something may change within [from, to), as far as it is not a repetition; sorted.
std::vector<absl::Time> Edges(const std::vector<Hours>& hours, absl::Time from, absl::Time to) {
  std::set<absl::Time> edges;
  std::set<std::vector<int>> seen;
  for (absl::Time week = from; week < to; week += absl::Hours(7 * 24)) {
    if (seen.insert(OffsetsOf(hours, week)).second) AddEdges(hours, week, &edges);
  }
  std::vector<absl::Time> within = {from};
  for (const absl::Time edge : edges) {
    if (edge > from && edge < to) within.push_back(edge);
  }
  return within;
}

}  // namespace

std::vector<absl::Time> FindMoments(const std::vector<Hours>& hours,
                                    const std::vector<absl::Time>& dates) {
  const absl::Duration year = absl::Hours(24 * kDays);
  std::vector<absl::Time> begins;
  if (dates.empty()) {
    begins.push_back(absl::FromUnixSeconds(kSituationUnixSeconds));
  } else {
    begins.push_back(dates.front() - year);
    begins.insert(begins.end(), dates.begin(), dates.end());
  }
  std::vector<absl::Time> moments;
  for (size_t i = 0; i < begins.size(); ++i) {
    const absl::Time end =
        i + 1 < begins.size() ? std::min(begins[i + 1], begins[i] + year) : begins[i] + year;
    std::set<Combination> seen;
    for (const absl::Time edge : Edges(hours, begins[i], end)) {
      if (seen.insert(CombinationAt(hours, edge)).second) moments.push_back(edge);
    }
  }
  return moments;
}

}  // namespace mayfly::policy
