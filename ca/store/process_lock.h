#ifndef MAYFLY_CA_STORE_PROCESS_LOCK_H_
#define MAYFLY_CA_STORE_PROCESS_LOCK_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/file.h"

namespace mayfly::store {

// Holds `path` (made with mode 0600 and left behind) locked until it goes or the process ends,
// however it ends. Not the database itself: SQLite's own locks on that would be lost with any
// descriptor we close.
//   kFailedPrecondition  another process holds it; names its pid
class ProcessLock {
 public:
  static absl::StatusOr<ProcessLock> Take(const std::string& path);

 private:
  explicit ProcessLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_PROCESS_LOCK_H_
