#ifndef MAYFLY_CA_LEDGER_STRANGERS_H_
#define MAYFLY_CA_LEDGER_STRANGERS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/mutex.h"

namespace mayfly::ledger {

// Counts what unauthenticated peers did, by cause, and says when a count may become an event: once
// a minute and cause, and a bounded number of times a day. Thread-safe; memory is bounded.
class Strangers {
 public:
  struct Count {
    std::string cause;
    uint64_t count = 0;
  };

  void Add(const std::string& cause);
  // Takes the counts that are due at `now`.
  std::vector<Count> TakeDue(absl::Time now);
  // They could not be recorded after all: counts them again.
  void PutBack(const std::vector<Count>& counts);

 private:
  struct Cause {
    uint64_t count = 0;
    absl::Time last_taken = absl::InfinitePast();
  };
  Cause& Find(const std::string& cause) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::map<std::string, Cause> causes_ ABSL_GUARDED_BY(mutex_);
  absl::Time day_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();  // Its first moment.
  int taken_today_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_STRANGERS_H_
