#include "ssh/serial_set.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::ssh {
namespace {

absl::Status CheckRange(const SerialRange& range) {
  if (range.first == 0) {
    return InvalidArgument(
        "serial 0 cannot be revoked by number: a list with it is refused by sshd, which then "
        "refuses every key");
  }
  if (range.first <= range.last) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("the range of serials {}-{} ends before it begins", range.first, range.last));
}

constexpr size_t kWorthRadix = 4096;  // Fewer are sorted as fast by comparing.

// By one byte after the other, the lowest first. A byte that is the same in all, as the upper ones
// of a CA's serials are, costs nothing.
void RadixSort(std::vector<uint64_t>& values) {
  std::array<std::array<size_t, 256>, 8> counts = {};
  for (const uint64_t value : values) {
    for (size_t byte = 0; byte < counts.size(); ++byte) ++counts[byte][value >> 8 * byte & 0xff];
  }
  std::vector<uint64_t> sorted(values.size());
  for (size_t byte = 0; byte < counts.size(); ++byte) {
    std::array<size_t, 256>& places = counts[byte];
    if (places[values.front() >> 8 * byte & 0xff] == values.size()) continue;
    size_t place = 0;
    for (size_t& entry : places) place += std::exchange(entry, place);
    for (const uint64_t value : values) sorted[places[value >> 8 * byte & 0xff]++] = value;
    values.swap(sorted);
  }
}

void Sort(std::vector<uint64_t>& values) {
  if (std::is_sorted(values.begin(), values.end())) return;
  values.size() < kWorthRadix ? std::sort(values.begin(), values.end()) : RadixSort(values);
}

}  // namespace

// Merges in place; `sorted` is by first serial.
SerialSet::SerialSet(std::vector<SerialRange> sorted) : ranges_(std::move(sorted)) {
  if (ranges_.empty()) return;
  size_t kept = 0;
  for (size_t i = 1; i < ranges_.size(); ++i) {
    SerialRange& last = ranges_[kept];
    // The second half of the condition cannot overflow: first > last.last.
    if (ranges_[i].first <= last.last || ranges_[i].first - 1 == last.last) {
      last.last = std::max(last.last, ranges_[i].last);
    } else {
      ranges_[++kept] = ranges_[i];
    }
  }
  ranges_.resize(kept + 1);
}

absl::StatusOr<SerialSet> SerialSet::OfRanges(std::vector<SerialRange> ranges) {
  for (const SerialRange& range : ranges) MAYFLY_RETURN_IF_ERROR(CheckRange(range));
  if (!std::is_sorted(ranges.begin(), ranges.end())) std::sort(ranges.begin(), ranges.end());
  return SerialSet(std::move(ranges));
}

absl::StatusOr<SerialSet> SerialSet::OfSerials(std::vector<uint64_t> serials) {
  Sort(serials);
  if (!serials.empty()) MAYFLY_RETURN_IF_ERROR(CheckRange({serials.front(), serials.front()}));
  std::vector<SerialRange> ranges;
  for (const uint64_t serial : serials) {
    // Nothing overflows: the serials are sorted, and none is 0.
    if (!ranges.empty() && serial - 1 <= ranges.back().last) {
      ranges.back().last = serial;
    } else {
      ranges.push_back({serial, serial});
    }
  }
  return SerialSet(std::move(ranges));
}

bool SerialSet::Contains(uint64_t serial) const {
  const auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), serial,
      [](uint64_t value, const SerialRange& range) { return value < range.first; });
  return after != ranges_.begin() && serial <= std::prev(after)->last;
}

void SerialSet::Merge(const SerialSet& other) {
  if (other.empty()) return;
  std::vector<SerialRange> all;
  all.reserve(ranges_.size() + other.ranges_.size());
  std::merge(ranges_.begin(), ranges_.end(), other.ranges_.begin(), other.ranges_.end(),
             std::back_inserter(all));
  *this = SerialSet(std::move(all));
}

uint64_t SerialSet::size() const {
  uint64_t size = 0;
  for (const SerialRange& range : ranges_) size += range.last - range.first + 1;
  return size;
}

}  // namespace mayfly::ssh
