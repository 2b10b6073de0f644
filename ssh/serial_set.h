// Sets of certificate serials, as ranges: what a CA gave out in a row is revoked in a row.
#ifndef MAYFLY_SSH_SERIAL_SET_H_
#define MAYFLY_SSH_SERIAL_SET_H_

#include <compare>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mayfly::ssh {

struct SerialRange {
  uint64_t first = 0;
  uint64_t last = 0;  // Inclusive, so that a range can reach 2^64-1.
  friend auto operator<=>(const SerialRange&, const SerialRange&) = default;
};

// Appends the ranges of the bits of `word` that are set, bit 0 being the serial `offset`, to those
// of lower serials. One that touches the last range makes it longer.
void AppendRanges(uint64_t offset, uint64_t word, std::vector<SerialRange>& ranges);

// Always sorted, its ranges neither overlapping nor touching; never with serial 0, which in a
// revocation list makes sshd refuse the whole list. Copyable, comparable.
class SerialSet {
 public:
  SerialSet() = default;
  // In any order; what overlaps or touches is merged. kInvalidArgument for serial 0 and for a range
  // that ends before it begins. Ranges take O(n log n), sorted ones and serials O(n).
  static absl::StatusOr<SerialSet> OfRanges(std::vector<SerialRange> ranges);
  static absl::StatusOr<SerialSet> OfSerials(std::vector<uint64_t> serials);

  bool Contains(uint64_t serial) const;  // O(log n).
  void Merge(const SerialSet& other);    // O(n + m).

  const std::vector<SerialRange>& ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  uint64_t size() const;  // How many serials. Always right: without serial 0 it fits.
  friend bool operator==(const SerialSet&, const SerialSet&) = default;

 private:
  explicit SerialSet(std::vector<SerialRange> sorted);
  std::vector<SerialRange> ranges_;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_SERIAL_SET_H_
