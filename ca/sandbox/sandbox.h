// What the daemon may still ask of the kernel once it serves: docs/sandboxing.md lists all of it.
#ifndef MAYFLY_CA_SANDBOX_SANDBOX_H_
#define MAYFLY_CA_SANDBOX_SANDBOX_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace mayfly::sandbox {

struct FileRules {
  std::vector<std::string> read;        // Folders: what is beneath may be read.
  std::vector<std::string> read_write;  // And here made, written, renamed and removed.
};

// Restricts this thread, and all that are started from it later, to these folders (landlock). A
// path that does not exist is left out. Cannot be undone.
//   kUnimplemented  the kernel has no landlock
absl::Status RestrictFiles(const FileRules& rules);

// Restricts the whole process, all threads, to the system calls of a daemon that serves (seccomp):
// every other fails with EPERM. Cannot be undone. What is dlopened on first use (name service
// modules) is better used once before.
//   kUnimplemented  the kernel has no seccomp filters, or this machine is not x86-64 or arm64
absl::Status RestrictSystemCalls();

// Whether a sanitizer is built in, whose own system calls a filter would break.
bool HasSanitizer();

}  // namespace mayfly::sandbox

#endif  // MAYFLY_CA_SANDBOX_SANDBOX_H_
