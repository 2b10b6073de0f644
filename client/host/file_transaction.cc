#include "client/host/file_transaction.h"

#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::client {

FileTransaction::~FileTransaction() {
  if (!installed_.empty()) Restore().IgnoreError();
}

absl::Status FileTransaction::Install(const PlannedFile& file) {
  struct stat status = {};
  Before before{file.path, std::nullopt, 0};
  if (lstat(file.path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
      return FailedPrecondition(fmt::format("{}: is not a file; move it away", file.path));
    }
    MAYFLY_ASSIGN_OR_RETURN(before.contents, ReadFile(file.path));
    before.mode = status.st_mode & 07777;
    if (S_ISREG(status.st_mode) && before.contents == file.contents && before.mode == file.mode) {
      return absl::OkStatus();
    }
    if (S_ISLNK(status.st_mode)) before.mode = 0644;
  } else {
    MAYFLY_RETURN_IF_ERROR(
        MakeDirectories(std::filesystem::path(file.path).parent_path().string(), 0755));
  }
  installed_.push_back(std::move(before));
  MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(file.path, file.contents, file.mode));
  changed_.push_back(file.path);
  return absl::OkStatus();
}

absl::Status FileTransaction::Restore() {
  absl::Status first = absl::OkStatus();
  while (!installed_.empty()) {
    const Before before = std::move(installed_.back());
    installed_.pop_back();
    const absl::Status status =
        before.contents ? WriteFileAtomically(before.path, *before.contents, before.mode)
                        : RemoveFile(before.path);
    if (first.ok()) first = status;
  }
  return first;
}

}  // namespace mayfly::client
