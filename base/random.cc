#include "base/random.h"

#include <sodium.h>

#include "base/status.h"

namespace mayfly {

void SystemRandom::Fill(std::span<uint8_t> bytes) {
  MAYFLY_CHECK(sodium_init() >= 0);
  randombytes_buf(bytes.data(), bytes.size());
}

}  // namespace mayfly
