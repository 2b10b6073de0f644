#include "ssh/krl_cost.h"

namespace mayfly::ssh {
namespace {

// A node of a tree for each, four times over. A range costs the same however long it is.
constexpr absl::Duration kPerRange = absl::Nanoseconds(2500);
constexpr absl::Duration kPerString = absl::Microseconds(20);  // A key ID, key or fingerprint.

}  // namespace

absl::Duration EstimateLoginCost(const Krl& krl) {
  size_t ranges = krl.serials.ranges().size();
  size_t strings = krl.key_ids.size() + krl.keys.size() + krl.other_keys.size() + krl.sha1s.size() +
                   krl.sha256s.size();
  for (const CaRevocations& entry : krl.cas) {
    ranges += entry.serials.ranges().size();
    strings += entry.key_ids.size();
  }
  return static_cast<double>(ranges) * kPerRange + static_cast<double>(strings) * kPerString;
}

}  // namespace mayfly::ssh
