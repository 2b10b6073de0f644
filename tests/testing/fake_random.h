#ifndef MAYFLY_TESTS_TESTING_FAKE_RANDOM_H_
#define MAYFLY_TESTS_TESTING_FAKE_RANDOM_H_

#include <cstdint>

#include "base/mutex.h"
#include "base/random.h"

namespace mayfly {

// Repeatable bytes from a seed (SplitMix64). Thread-safe.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(uint64_t seed = 1) : state_(seed) {}
  void Fill(std::span<uint8_t> bytes) override {
    MutexLock lock(mutex_);
    for (uint8_t& byte : bytes) {
      state_ += 0x9e3779b97f4a7c15;
      uint64_t z = state_;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      byte = static_cast<uint8_t>(z >> 56);
    }
  }

 private:
  Mutex mutex_;
  uint64_t state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly

#endif  // MAYFLY_TESTS_TESTING_FAKE_RANDOM_H_
