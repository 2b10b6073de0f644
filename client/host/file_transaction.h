#ifndef MAYFLY_CLIENT_HOST_FILE_TRANSACTION_H_
#define MAYFLY_CLIENT_HOST_FILE_TRANSACTION_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace mayfly::client {

// A file that is to be there, with exactly this mode.
struct PlannedFile {
  std::string path;
  std::string contents;
  mode_t mode = 0644;
};

// Installs files one by one, each atomically, and puts back what was there unless it is kept: sshd
// must never be left with half of them. Not thread-safe.
class FileTransaction {
 public:
  FileTransaction() = default;
  ~FileTransaction();  // Restores, unless Keep was called.
  FileTransaction(const FileTransaction&) = delete;
  FileTransaction& operator=(const FileTransaction&) = delete;

  // Writes `file` (a link at its path is replaced, never followed), making missing folders 0755. An
  // unchanged file is left alone.
  absl::Status Install(const PlannedFile& file);
  void Keep() { installed_.clear(); }
  // Puts everything back as it was, newest first; the first error, having tried all.
  absl::Status Restore();
  const std::vector<std::string>& changed() const { return changed_; }  // Paths that were written.

 private:
  struct Before {
    std::string path;
    std::optional<std::string> contents;  // Nullopt: there was none.
    mode_t mode;
  };
  std::vector<Before> installed_;
  std::vector<std::string> changed_;
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_FILE_TRANSACTION_H_
