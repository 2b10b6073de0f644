#ifndef MAYFLY_CLIENT_LOGIN_IDENTITY_KEYS_H_
#define MAYFLY_CLIENT_LOGIN_IDENTITY_KEYS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/rpc/call_signer.h"

namespace mayfly::client {

// A key of the user's and where it was found, for the talk.
struct IdentityKey {
  KeySigner signer;
  std::string origin;  // A path, or "agent: comment" (escaped).
};

// The key of `file`: a private key file, or a public one whose private half is beside it or in the
// agent. For an encrypted file that the agent does not hold, its passphrase is asked for.
absl::StatusOr<IdentityKey> KeyOfFile(const Context& context, const std::string& file);

// Keys that may be the enrolled one, likeliest first: ~/.ssh/id_ed25519, id_ecdsa, id_rsa (from the
// file when it is not encrypted, else from the agent), the same of security keys, then what else
// the agent holds. When that is nothing, an encrypted file of those, whose passphrase is asked for.
// Certificates are left out. Never empty: when there is none, the error says why and what to do.
absl::StatusOr<std::vector<IdentityKey>> LikelyKeys(const Context& context);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_IDENTITY_KEYS_H_
