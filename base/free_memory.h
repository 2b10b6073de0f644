#ifndef MAYFLY_BASE_FREE_MEMORY_H_
#define MAYFLY_BASE_FREE_MEMORY_H_

#include <cstddef>

namespace mayfly {

// What of this process is in memory, in bytes; all 0 where that cannot be read.
struct ResidentMemory {
  size_t all = 0;
  size_t anonymous = 0;  // Of it, what belongs to no file.
};
ResidentMemory ReadResidentMemory();

// Of the anonymous memory, what is not in use: kept by the allocator (glibc's) for the next
// allocation, and little else. After a burst that may be most of the process, and for as long as it
// lives: a few small blocks in use keep all around them. 0 under sanitizers, which allocate by
// themselves.
size_t FreeBytesKept();

// Gives that back to the system when there is more of it than `most` bytes beyond what could not be
// given back the last time. Whoever allocates meanwhile waits, a few milliseconds for each hundred
// MiB. Not thread-safe.
class FreeMemory {
 public:
  explicit FreeMemory(size_t most) : most_(most) {}
  void ReturnWhenMuch();

 private:
  const size_t most_;
  size_t stays_ = 0;
};

}  // namespace mayfly

#endif  // MAYFLY_BASE_FREE_MEMORY_H_
