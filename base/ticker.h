// A thread that does one thing again and again.
#ifndef MAYFLY_BASE_TICKER_H_
#define MAYFLY_BASE_TICKER_H_

#include <chrono>
#include <functional>
#include <thread>

#include "base/mutex.h"

namespace mayfly {

// Calls `tick` after each `every`, on a thread of its own, one call at a time. Destroying it waits
// for a call that has begun and ends the pause at once: make it the last member of its owner.
class Ticker {
 public:
  Ticker(std::chrono::milliseconds every, std::function<void()> tick);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void Loop();

  const std::chrono::milliseconds every_;
  const std::function<void()> tick_;
  Mutex mutex_;
  ConditionVariable changed_;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace mayfly

#endif  // MAYFLY_BASE_TICKER_H_
