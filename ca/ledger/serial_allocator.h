#ifndef MAYFLY_CA_LEDGER_SERIAL_ALLOCATOR_H_
#define MAYFLY_CA_LEDGER_SERIAL_ALLOCATOR_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "ca/store/store.h"
#include "ssh/certificate.h"

namespace mayfly::ledger {

// Gives out each serial once: era << 40 | counter. A block is reserved durably before the first of
// it is given out; what is left of it when the process ends is never used. Thread-safe.
class SerialAllocator {
 public:
  explicit SerialAllocator(store::Store& store) : store_(store) {}

  //   kResourceExhausted  the era has no serials left, or the disk is full
  absl::StatusOr<ssh::Serial> Next();

 private:
  absl::Status Reserve() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  store::Store& store_;
  Mutex mutex_;
  uint64_t era_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 1;  // Nothing is reserved while next_ > last_.
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_SERIAL_ALLOCATOR_H_
