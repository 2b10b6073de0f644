#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/status.h"
#include "ca/sandbox/sandbox.h"

namespace mayfly::sandbox {
namespace {

// By version of the kernel's interface; Debian 12's headers know the first two.
constexpr uint64_t kFirstRights = (uint64_t{1} << 13) - 1;
constexpr uint64_t kRefer = uint64_t{1} << 13;        // Version 2: renaming across folders.
constexpr uint64_t kTruncate = uint64_t{1} << 14;     // Version 3.
constexpr uint64_t kIoctlDevice = uint64_t{1} << 15;  // Version 5.

constexpr uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kReadWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                LANDLOCK_ACCESS_FS_MAKE_SOCK | kTruncate;

uint64_t RightsOfVersion(long version) {
  uint64_t rights = kFirstRights;
  if (version >= 2) rights |= kRefer;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kIoctlDevice;
  return rights;
}

absl::Status Allow(const FileDescriptor& ruleset, const std::string& path, uint64_t rights) {
  const FileDescriptor folder(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!folder) return errno == ENOENT ? absl::OkStatus() : ErrnoStatus(errno, path);
  landlock_path_beneath_attr rule = {};
  rule.allowed_access = rights;
  rule.parent_fd = folder.get();
  if (syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0) {
    return absl::OkStatus();
  }
  if (errno != EINVAL) return ErrnoStatus(errno, path);
  // A file takes no rights of folders.
  rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
  if (syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0) {
    return absl::OkStatus();
  }
  return ErrnoStatus(errno, path);
}

}  // namespace

absl::Status RestrictFiles(const FileRules& rules) {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return Unimplemented("the kernel has no landlock");
  const uint64_t handled = RightsOfVersion(version);
  landlock_ruleset_attr attributes = {};
  attributes.handled_access_fs = handled;
  const FileDescriptor ruleset(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0)));
  if (!ruleset) return ErrnoStatus(errno, "landlock");
  for (const std::string& path : rules.read) {
    MAYFLY_RETURN_IF_ERROR(Allow(ruleset, path, kRead & handled));
  }
  for (const std::string& path : rules.read_write) {
    MAYFLY_RETURN_IF_ERROR(Allow(ruleset, path, kReadWrite & handled));
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return ErrnoStatus(errno, "landlock");
  }
  return absl::OkStatus();
}

}  // namespace mayfly::sandbox
