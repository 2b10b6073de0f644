// Keys that are known to be weak by name: what a broken generator could make was listed.
#ifndef MAYFLY_SSH_WEAK_KEY_LIST_H_
#define MAYFLY_SSH_WEAK_KEY_LIST_H_

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/public_key.h"

namespace mayfly::ssh {

// The lists of Debian's predictable keys (CVE-2008-0166), in the form of the packages
// openssh-blacklist and openssh-blacklist-extra: text, a key a line, the last 20 of the 32
// hexadecimal digits of the MD5 of its public blob. Lines that start with # and empty ones say
// nothing. Whole after it was filled; then thread-safe.
class WeakKeyList {
 public:
  // Where such files stand: of the packages, and an administrator's own. The types are RSA's, for
  // the others can no longer be certified whatever their numbers.
  static const std::vector<std::string>& Files();
  // Reads those of Files() that there are. `read` returns a file's contents, kNotFound when there
  // is none; its other errors are passed on.
  static absl::StatusOr<WeakKeyList> Load(
      const std::function<absl::StatusOr<std::string>(const std::string& path)>& read);

  // Adds the lines of one file. kInvalidArgument names the line; nothing was added then.
  absl::Status Add(std::string_view text);
  bool Contains(const PublicKey& key) const;
  size_t size() const { return digests_.size(); }

 private:
  using Digest = std::array<uint8_t, 10>;
  std::vector<Digest> digests_;  // Sorted.
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_WEAK_KEY_LIST_H_
