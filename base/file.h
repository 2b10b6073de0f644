// Files: bounded reads, atomic durable writes, private files.
#ifndef MAYFLY_BASE_FILE_H_
#define MAYFLY_BASE_FILE_H_

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/secret_bytes.h"

namespace mayfly {

// A file descriptor that closes itself.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

inline constexpr size_t kMaxTextFile = 16 << 20;  // Above any policy set, KRL or key file.

// Reads a whole regular file. Every error names `path`.
//   kNotFound, kPermissionDenied, kResourceExhausted (more than `max_size` bytes)
//   kFailedPrecondition  a folder, pipe, socket or device, which could block or never end
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_size = kMaxTextFile);
// The same for standard input ("-" on a command line).
absl::StatusOr<std::string> ReadStandardInput(size_t max_size = kMaxTextFile);

// Reads a file that holds a secret. Refuses, as kFailedPrecondition with the chmod to run, a file
// that group or others can read or write, or that belongs to neither the caller nor root.
absl::StatusOr<SecretBytes> ReadSecretFile(const std::string& path, size_t max_size = 1 << 20);
// Reads a secret from an open descriptor until its end, and drops one trailing newline.
absl::StatusOr<SecretBytes> ReadSecretDescriptor(int fd, size_t max_size = 4096);

// Replaces `path` with `contents`: temporary file in the same folder, fsync, rename, fsync of the
// folder. A reader sees the old file or the new one; after an error the old one stands.
absl::Status WriteFileAtomically(const std::string& path, std::string_view contents, mode_t mode);
// Creates `path`; kAlreadyExists when there is one, which is left untouched. Durable.
absl::Status CreateFile(const std::string& path, std::string_view contents, mode_t mode);

// Makes a folder (not its parents) with exactly `mode`; kAlreadyExists when there is one.
absl::Status MakeDirectory(const std::string& path, mode_t mode);
// Makes a folder and its missing parents; an existing one is fine.
absl::Status MakeDirectories(const std::string& path, mode_t mode);
// Changes when the file does, by all that file systems tell without reading it; "-" for none.
std::string FileStamp(const std::string& path);
bool FileExists(const std::string& path);          // Follows links.
absl::Status RemoveFile(const std::string& path);  // A missing file is not an error.

// A folder under $TMPDIR that goes, with all in it, when the object does.
class TemporaryDirectory {
 public:
  static absl::StatusOr<TemporaryDirectory> Create(std::string_view prefix);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept
      : path_(std::exchange(other.path_, std::string())) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::string JoinPath(std::string_view a, std::string_view b);

}  // namespace mayfly

#endif  // MAYFLY_BASE_FILE_H_
