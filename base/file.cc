#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/status.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

absl::StatusOr<FileDescriptor> OpenForReading(const std::string& path) {
  // Not blocking: a pipe in the place of a file would hold the caller for ever.
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return ErrnoStatus(errno, path);
  struct stat status = {};
  if (fstat(fd.get(), &status) != 0) return ErrnoStatus(errno, path);
  if (S_ISDIR(status.st_mode)) return FailedPrecondition(path + ": is a folder, expected a file");
  if (!S_ISREG(status.st_mode)) {
    return FailedPrecondition(path + ": is a pipe or device, expected a regular file");
  }
  return fd;
}

absl::StatusOr<std::string> ReadAll(int fd, const std::string& name, size_t max_size) {
  std::string contents;
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, name);
    if (n == 0) return contents;
    if (contents.size() + static_cast<size_t>(n) > max_size) {
      return ResourceExhausted(fmt::format("{}: larger than {} bytes", name, max_size));
    }
    contents.append(buffer, static_cast<size_t>(n));
  }
}

absl::StatusOr<SecretBytes> ReadAllSecret(int fd, const std::string& name, size_t max_size) {
  SecretBytes secret(max_size + 1);
  size_t size = 0;
  absl::Status status = secret.Fill([&](std::span<uint8_t> bytes) -> absl::Status {
    while (size < bytes.size()) {
      const ssize_t n = read(fd, bytes.data() + size, bytes.size() - size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoStatus(errno, name);
      if (n == 0) return absl::OkStatus();
      size += static_cast<size_t>(n);
    }
    return ResourceExhausted(fmt::format("{}: larger than {} bytes", name, max_size));
  });
  MAYFLY_RETURN_IF_ERROR(status);
  secret.Truncate(size);
  return secret;
}

absl::Status WriteAll(int fd, std::string_view contents, const std::string& name) {
  while (!contents.empty()) {
    const ssize_t n = write(fd, contents.data(), contents.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, name);
    contents.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status SyncParent(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string name = parent.empty() ? "." : parent.string();
  FileDescriptor fd(open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0) return ErrnoStatus(errno, name);
  return absl::OkStatus();
}

// Writes and syncs a file that was just created, whatever the umask; removes it after an error.
absl::Status FillNewFile(int fd, const std::string& path, std::string_view contents, mode_t mode) {
  absl::Status status = WriteAll(fd, contents, path);
  if (status.ok() && fchmod(fd, mode) != 0) status = ErrnoStatus(errno, path);
  if (status.ok() && fsync(fd) != 0) status = ErrnoStatus(errno, path);
  if (!status.ok()) unlink(path.c_str());
  return status;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_size) {
  MAYFLY_ASSIGN_OR_RETURN(FileDescriptor fd, OpenForReading(path));
  return ReadAll(fd.get(), path, max_size);
}

absl::StatusOr<std::string> ReadStandardInput(size_t max_size) {
  return ReadAll(STDIN_FILENO, "standard input", max_size);
}

absl::StatusOr<SecretBytes> ReadSecretFile(const std::string& path, size_t max_size) {
  MAYFLY_ASSIGN_OR_RETURN(FileDescriptor fd, OpenForReading(path));
  struct stat status = {};
  if (fstat(fd.get(), &status) != 0) return ErrnoStatus(errno, path);
  if ((status.st_mode & 077) != 0) {
    return FailedPrecondition(
        fmt::format("{}: mode {:04o} lets others read this secret; run: chmod 600 {}", path,
                    status.st_mode & 07777, path));
  }
  if (status.st_uid != geteuid() && status.st_uid != 0) {
    return FailedPrecondition(
        fmt::format("{}: belongs to user {}, expected the user that reads it ({}) or root", path,
                    status.st_uid, geteuid()));
  }
  return ReadAllSecret(fd.get(), path, max_size);
}

absl::StatusOr<SecretBytes> ReadSecretDescriptor(int fd, size_t max_size) {
  MAYFLY_ASSIGN_OR_RETURN(SecretBytes secret,
                          ReadAllSecret(fd, fmt::format("descriptor {}", fd), max_size));
  const bool newline =
      secret.Expose([](BytesView bytes) { return !bytes.empty() && bytes.back() == '\n'; });
  if (newline) secret.Truncate(secret.size() - 1);
  return secret;
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view contents, mode_t mode) {
  std::string temporary = path + ".tmp-XXXXXX";
  FileDescriptor fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return ErrnoStatus(errno, path);
  MAYFLY_RETURN_IF_ERROR(FillNewFile(fd.get(), temporary, contents, mode));
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    return ErrnoStatus(error, path);
  }
  return SyncParent(path);
}

absl::Status CreateFile(const std::string& path, std::string_view contents, mode_t mode) {
  FileDescriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return ErrnoStatus(errno, path);
  MAYFLY_RETURN_IF_ERROR(FillNewFile(fd.get(), path, contents, mode));
  return SyncParent(path);
}

absl::Status MakeDirectory(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), 0700) != 0) return ErrnoStatus(errno, path);
  if (chmod(path.c_str(), mode) != 0) return ErrnoStatus(errno, path);
  return absl::OkStatus();
}

absl::Status MakeDirectories(const std::string& path, mode_t mode) {
  if (path.empty()) return absl::OkStatus();
  if (FileExists(path)) {
    if (std::error_code error; std::filesystem::is_directory(path, error)) return absl::OkStatus();
    return FailedPrecondition(path + ": is a file, expected a folder");
  }
  MAYFLY_RETURN_IF_ERROR(MakeDirectories(std::filesystem::path(path).parent_path().string(), mode));
  absl::Status status = MakeDirectory(path, mode);
  return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
}

std::string FileStamp(const std::string& path) {
  struct stat info;
  if (path.empty() || stat(path.c_str(), &info) != 0) return "-";
  return fmt::format("{}:{}:{}.{}", info.st_ino, info.st_size, info.st_mtim.tv_sec,
                     info.st_mtim.tv_nsec);
}

bool FileExists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

absl::Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return ErrnoStatus(errno, path);
  return absl::OkStatus();
}

absl::StatusOr<TemporaryDirectory> TemporaryDirectory::Create(std::string_view prefix) {
  const char* base = std::getenv("TMPDIR");
  std::string path =
      JoinPath(base != nullptr && *base != '\0' ? base : "/tmp", std::string(prefix) + "-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) return ErrnoStatus(errno, path);
  return TemporaryDirectory(std::move(path));
}

TemporaryDirectory::~TemporaryDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string JoinPath(std::string_view a, std::string_view b) {
  if (a.empty() || (!b.empty() && b.front() == '/')) return std::string(b);
  std::string path(a);
  if (path.back() != '/') path += '/';
  return path.append(b);
}

}  // namespace mayfly
