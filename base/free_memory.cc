#include "base/free_memory.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace mayfly {

ResidentMemory ReadResidentMemory() {
  std::ifstream file("/proc/self/statm");  // proc(5): pages, in all, resident, of them of files.
  size_t all = 0;
  size_t resident = 0;
  size_t of_files = 0;
  if (!(file >> all >> resident >> of_files)) return {};
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return {resident * page, (resident - std::min(resident, of_files)) * page};
}

// Not the allocator's own count of what is free: that stays when it is given back.
size_t FreeBytesKept() {
#ifdef MAYFLY_SANITIZED
  return 0;
#else
  const struct mallinfo2 info = mallinfo2();
  const size_t anonymous = ReadResidentMemory().anonymous;
  return anonymous - std::min(anonymous, info.uordblks + info.hblkhd);
#endif
}

void FreeMemory::ReturnWhenMuch() {
  const size_t kept = FreeBytesKept();
  stays_ = std::min(stays_, kept);
  if (kept <= stays_ + most_) return;
  malloc_trim(0);
  stays_ = FreeBytesKept();
}

}  // namespace mayfly
