#include "client/login/keyring.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/status.h"

namespace mayfly::client {
namespace {

constexpr char kType[] = "user";
constexpr size_t kMaxKept = 32767;  // Of a key of this type.
// Whoever has our user id may view, read, write, search, link and set; nobody else anything.
// Without it a login that has a session keyring of its own would not find what another has kept.
constexpr unsigned long kOwnerOnly = 0x3f3f0000;

template <typename... Arguments>
long Keyctl(int operation, Arguments... arguments) {
  return syscall(SYS_keyctl, operation, arguments...);
}

absl::Status KeyringStatus(const char* what) {
  const int error = errno;
  if (error == ENOKEY || error == EKEYEXPIRED || error == EKEYREVOKED) {
    return NotFound("nothing is kept under that name");
  }
  return Unavailable(Message(ErrnoStatus(error, what)));
}

absl::StatusOr<long> Find(const std::string& name) {
  const long key = Keyctl(KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, kType, name.c_str(), 0);
  if (key < 0) return KeyringStatus("the kernel's keyring");
  return key;
}

}  // namespace

absl::Status KeepInKeyring(const std::string& name, const SecretBytes& secret,
                           absl::Duration lifetime) {
  if (secret.size() > kMaxKept) return InvalidArgument("too large for the kernel's keyring");
  const long key = secret.Expose([&](BytesView bytes) {
    return syscall(SYS_add_key, kType, name.c_str(), bytes.data(), bytes.size(),
                   KEY_SPEC_USER_KEYRING);
  });
  if (key < 0) return KeyringStatus("the kernel's keyring");
  const long seconds = std::max<int64_t>(1, absl::ToInt64Seconds(lifetime));
  if (Keyctl(KEYCTL_SET_TIMEOUT, key, seconds) < 0 || Keyctl(KEYCTL_SETPERM, key, kOwnerOnly) < 0) {
    const absl::Status status = KeyringStatus("the kernel's keyring");
    Keyctl(KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
    return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretBytes> ReadFromKeyring(const std::string& name) {
  MAYFLY_ASSIGN_OR_RETURN(const long key, Find(name));
  SecretBytes secret(kMaxKept);
  const long size = secret.Fill([&](std::span<uint8_t> bytes) {
    return Keyctl(KEYCTL_READ, key, bytes.data(), bytes.size());
  });
  if (size < 0) return KeyringStatus("the kernel's keyring");
  secret.Truncate(std::min<size_t>(static_cast<size_t>(size), kMaxKept));
  return secret;
}

absl::Status DropFromKeyring(const std::string& name) {
  const absl::StatusOr<long> key = Find(name);
  if (absl::IsNotFound(key.status())) return absl::OkStatus();
  if (!key.ok()) return key.status();
  if (Keyctl(KEYCTL_UNLINK, *key, KEY_SPEC_USER_KEYRING) < 0) {
    return KeyringStatus("the kernel's keyring");
  }
  return absl::OkStatus();
}

}  // namespace mayfly::client
