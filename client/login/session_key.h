// The key of a session: made for it, and held by this program alone.
#ifndef MAYFLY_CLIENT_LOGIN_SESSION_KEY_H_
#define MAYFLY_CLIENT_LOGIN_SESSION_KEY_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/failure.h"
#include "client/rpc/call_signer.h"
#include "ssh/private_key.h"

namespace mayfly::client {

inline absl::StatusOr<std::shared_ptr<const ssh::PrivateKey>> MakeSessionKey(
    const Context& context) {
  absl::StatusOr<ssh::PrivateKey> key =
      ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, context.random);
  if (!key.ok()) return key.status();
  return std::make_shared<const ssh::PrivateKey>(*std::move(key));
}

// Keeps the key alive.
inline KeySigner SignerFor(const std::shared_ptr<const ssh::PrivateKey>& key) {
  return {key->public_key(), [key](BytesView message) { return key->Sign(message); }};
}

// Whether the CA, or whoever else was asked, did not believe the proof: another one may do.
inline bool WasNotAccepted(const absl::Status& status) {
  return !status.ok() && ExitCodeOf(status) == ExitCode::kNotAuthenticated;
}

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_SESSION_KEY_H_
