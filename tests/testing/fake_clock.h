#ifndef MAYFLY_TESTS_TESTING_FAKE_CLOCK_H_
#define MAYFLY_TESTS_TESTING_FAKE_CLOCK_H_

#include "base/clock.h"
#include "base/mutex.h"

namespace mayfly {

// A clock that stands still until told. Thread-safe. Starts at 2026-03-02T09:00:00Z, a Monday.
class FakeClock final : public Clock {
 public:
  FakeClock() = default;
  explicit FakeClock(absl::Time now) : now_(now) {}
  absl::Time Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }
  void Advance(absl::Duration by) {
    MutexLock lock(mutex_);
    now_ += by;
  }
  void Set(absl::Time now) {
    MutexLock lock(mutex_);
    now_ = now;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1772442000);
};

}  // namespace mayfly

#endif  // MAYFLY_TESTS_TESTING_FAKE_CLOCK_H_
