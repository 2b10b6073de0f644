// The time of day, injected: no component reads a clock of its own.
#ifndef MAYFLY_BASE_CLOCK_H_
#define MAYFLY_BASE_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace mayfly {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace mayfly

#endif  // MAYFLY_BASE_CLOCK_H_
