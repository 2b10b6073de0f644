// A sign-in that is remembered, when the user asks for it: the provider's refresh token, and the
// key that the sign-in's nonce commits to, without which the token is good for nothing at the CA.
// Kept in the kernel's keyring and nowhere else.
#ifndef MAYFLY_CLIENT_LOGIN_REMEMBERED_LOGIN_H_
#define MAYFLY_CLIENT_LOGIN_REMEMBERED_LOGIN_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/random.h"
#include "ssh/private_key.h"

namespace mayfly::client {

// As long as the CA takes one: docs/identity/oidc.md.
constexpr absl::Duration kRememberedFor = absl::Hours(24 * 30);

struct RememberedLogin {
  std::string authenticator;
  std::string refresh_token;
  Bytes seed;  // With `key` it makes the nonce.
  std::shared_ptr<const ssh::PrivateKey> key;
};

// One for each CA. kUnavailable where there is no keyring.
absl::Status Remember(const std::string& ca_id, const RememberedLogin& login, Random& random);
// kNotFound when nothing is remembered; kUnavailable where there is no keyring.
absl::StatusOr<RememberedLogin> Recall(const std::string& ca_id);
// Fine when nothing is remembered, and where there is no keyring.
absl::Status Forget(const std::string& ca_id);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_REMEMBERED_LOGIN_H_
