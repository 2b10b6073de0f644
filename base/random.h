// Random bytes, injected so that tests can repeat themselves.
#ifndef MAYFLY_BASE_RANDOM_H_
#define MAYFLY_BASE_RANDOM_H_

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace mayfly {

// Thread-safe. Cryptographically secure outside tests.
class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(std::span<uint8_t> bytes) = 0;
  Bytes Take(size_t size) {
    Bytes bytes(size);
    Fill(bytes);
    return bytes;
  }
};

class SystemRandom final : public Random {
 public:
  void Fill(std::span<uint8_t> bytes) override;
};

}  // namespace mayfly

#endif  // MAYFLY_BASE_RANDOM_H_
