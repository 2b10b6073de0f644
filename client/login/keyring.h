// The kernel's keyring of this user: in no file, and gone when the machine goes down.
#ifndef MAYFLY_CLIENT_LOGIN_KEYRING_H_
#define MAYFLY_CLIENT_LOGIN_KEYRING_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret_bytes.h"

namespace mayfly::client {

// Keeps `secret` (at most 32,767 bytes) under `name` in place of what was there; the kernel drops
// it after `lifetime`. kUnavailable where there is no keyring, as in most containers.
absl::Status KeepInKeyring(const std::string& name, const SecretBytes& secret,
                           absl::Duration lifetime);
// kNotFound when there is none; kUnavailable as above.
absl::StatusOr<SecretBytes> ReadFromKeyring(const std::string& name);
// Fine when there is none.
absl::Status DropFromKeyring(const std::string& name);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_KEYRING_H_
