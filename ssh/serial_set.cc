#include "ssh/serial_set.h"

#include <algorithm>
#include <array>
#include <bit>
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

std::vector<SerialRange> RangesOfSorted(const std::vector<uint64_t>& serials) {
  std::vector<SerialRange> ranges;
  for (const uint64_t serial : serials) {
    // Nothing overflows: the serials are sorted, and none is 0.
    if (!ranges.empty() && serial - 1 <= ranges.back().last) {
      ranges.back().last = serial;
    } else {
      ranges.push_back({serial, serial});
    }
  }
  return ranges;
}

// Without sorting: each serial is a bit, and the bits are read in order.
std::vector<SerialRange> RangesOfDense(const std::vector<uint64_t>& serials, uint64_t lowest,
                                       uint64_t highest) {
  std::vector<uint64_t> words((highest - lowest) / 64 + 1);
  for (const uint64_t serial : serials) {
    words[(serial - lowest) / 64] |= uint64_t{1} << (serial - lowest) % 64;
  }
  size_t begun = 0;  // Bits that are set after one that is not, at least one a range.
  for (const uint64_t word : words) {
    begun += static_cast<size_t>(std::popcount(word & ~(word << 1)));
  }
  std::vector<SerialRange> ranges;
  ranges.reserve(begun);
  for (size_t i = 0; i < words.size(); ++i) AppendRanges(lowest + i * 64, words[i], ranges);
  return ranges;
}

}  // namespace

void AppendRanges(uint64_t offset, uint64_t word, std::vector<SerialRange>& ranges) {
  for (int from = 0; word != 0;) {
    const int zeroes = std::countr_zero(word), ones = std::countr_one(word >> zeroes);
    from += zeroes;
    const uint64_t first = offset + static_cast<uint64_t>(from);
    const uint64_t last = first + static_cast<uint64_t>(ones - 1);
    if (!ranges.empty() && ranges.back().last + 1 == first) {
      ranges.back().last = last;
    } else {
      ranges.push_back({first, last});
    }
    if (zeroes + ones == 64) return;
    from += ones;
    word >>= zeroes + ones;
  }
}

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
  if (serials.empty()) return SerialSet();
  const auto [lowest, highest] = std::minmax_element(serials.begin(), serials.end());
  MAYFLY_RETURN_IF_ERROR(CheckRange({*lowest, *lowest}));
  if (std::is_sorted(serials.begin(), serials.end())) return SerialSet(RangesOfSorted(serials));
  // Where the bits take no more room than the numbers.
  if ((*highest - *lowest) / 64 < serials.size()) {
    return SerialSet(RangesOfDense(serials, *lowest, *highest));
  }
  serials.size() < kWorthRadix ? std::sort(serials.begin(), serials.end()) : RadixSort(serials);
  return SerialSet(RangesOfSorted(serials));
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
