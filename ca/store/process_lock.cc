#include "ca/store/process_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::store {
namespace {

std::string HolderOf(int fd) {
  char text[32];
  const ssize_t size = pread(fd, text, sizeof text, 0);
  const std::string_view pid = TrimBlanks({text, size > 0 ? static_cast<size_t>(size) : 0});
  return pid.empty() ? "another process" : fmt::format("process {}", EscapeForTerminal(pid));
}

// Only for the sentence that a second process gets: a failure to note it costs nothing.
void NoteHolder(int fd) {
  const std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(fd, 0) == 0 && pwrite(fd, pid.data(), pid.size(), 0) < 0) return;
}

}  // namespace

absl::StatusOr<ProcessLock> ProcessLock::Take(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return ErrnoStatus(errno, path);
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoStatus(errno, path);
    return FailedPrecondition(
        fmt::format("{} is held by {}: only one mayflyd may use a state directory at a time", path,
                    HolderOf(file.get())));
  }
  NoteHolder(file.get());
  return ProcessLock(std::move(file));
}

}  // namespace mayfly::store
