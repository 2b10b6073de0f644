// The key that `mayfly keygen -s` signs with: in a file, or in the agent.
#ifndef MAYFLY_CLIENT_KEYGEN_CA_KEY_H_
#define MAYFLY_CLIENT_KEYGEN_CA_KEY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/keygen/keygen_options.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::client {

struct CaKey {
  ssh::PublicKey key;
  ssh::SignFunction sign;  // Owns what it needs.
};

// The key named by -s, with -t applied: a private key file, whose passphrase is asked for
// (AskPassphrase), or with -U a public key that the agent holds. Refuses a key that a CA trusted on
// this machine has in force (CheckNotInForce).
absl::StatusOr<CaKey> LoadCaKey(const Context& context, const KeygenOptions& options);

// A private key file, whatever it is to sign: no look at -t or at trust.
absl::StatusOr<CaKey> LoadPrivateFile(const Context& context, const std::string& path);

// kFailedPrecondition when a trusted bundle lists `key` among its user or host CAs: what a running
// Mayfly signs with must sign nothing that is not in its ledger. A record of trust that cannot be
// read is refused as well, with what to do: it could be the one that lists the key.
absl::Status CheckNotInForce(const Context& context, const ssh::PublicKey& key);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_CA_KEY_H_
