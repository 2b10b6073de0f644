// What a daemon watches about its machine: descriptors, disk, clock.
#ifndef MAYFLY_CA_GUARDS_H_
#define MAYFLY_CA_GUARDS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "ca/ledger/ledger.h"
#include "ca/model/limits.h"

namespace mayfly {

// Raises the limit of open files as far as the system lets us, and lowers max_connections (with a
// warning) where it still does not reach: each connection takes two.
model::Limits FitToDescriptors(model::Limits limits, Log& log);

// Free bytes for us on the file system of `folder`; kNotFound … when it cannot be told.
absl::StatusOr<int64_t> FreeBytes(const std::string& folder);
// kResourceExhausted below `min_free_mib`, with what to do.
absl::Status CheckDisk(const std::string& folder, int min_free_mib);

// Refuses a clock that is behind the last record: what would be signed then would claim a time
// before things that were already done. Not thread-safe.
class ClockGuard {
 public:
  // Starts from what the ledger holds. `accept`: an operator says that the clock is right now, and
  // was ahead before; this is recorded.
  static absl::StatusOr<ClockGuard> Start(ledger::Ledger& ledger, absl::Time now, bool accept);

  // kFailedPrecondition while the clock is behind, with what to do. Keeps the newest time that was
  // seen, once a minute durably when the disk takes it.
  absl::Status Check(absl::Time now);

 private:
  ClockGuard(ledger::Ledger& ledger, absl::Time newest) : ledger_(&ledger), newest_(newest) {}
  ledger::Ledger* ledger_;
  absl::Time newest_;
  absl::Time kept_ = absl::InfinitePast();
};

}  // namespace mayfly

#endif  // MAYFLY_CA_GUARDS_H_
