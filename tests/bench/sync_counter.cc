// Preloaded into the daemon: counts what it makes durable, in a page that the load generator reads.
// So "synced before it was answered" is seen from outside, and not taken from the daemon's word.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

std::atomic<uint64_t>* Counter() {
  static std::atomic<uint64_t>* const counter = []() -> std::atomic<uint64_t>* {
    const char* path = std::getenv("MAYFLY_BENCH_SYNC_COUNTER");
    if (path == nullptr) return nullptr;
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return nullptr;
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return page == MAP_FAILED ? nullptr : static_cast<std::atomic<uint64_t>*>(page);
  }();
  return counter;
}

// Before main: later the daemon may no longer open files outside its own.
[[maybe_unused]] const bool kReady = Counter() != nullptr;

int Counted(const char* name, int fd) {
  using Call = int (*)(int);
  const auto call = reinterpret_cast<Call>(dlsym(RTLD_NEXT, name));
  const int result = call(fd);
  if (result == 0 && Counter() != nullptr) Counter()->fetch_add(1);
  return result;
}

}  // namespace

extern "C" int fdatasync(int fd) { return Counted("fdatasync", fd); }
extern "C" int fsync(int fd) { return Counted("fsync", fd); }
