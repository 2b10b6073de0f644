#ifndef MAYFLY_CA_AUTHN_JOIN_TOKEN_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_JOIN_TOKEN_AUTHENTICATOR_H_

#include <string>
#include <vector>

#include "ca/authn/authenticator.h"
#include "ca/model/subject.h"

namespace mayfly::authn {

// What a registered token may do. How often it was used is the ledger's business: it is spent in
// the transaction that records the host, and the same host may repeat a call whose answer was lost.
struct JoinToken {
  std::string authenticator;  // The one that honours it.
  absl::Time expires_at;
  std::string name_pattern;         // See name_pattern.h.
  model::Labels labels;             // Attested for hosts that join by it.
  std::vector<IpNetwork> networks;  // Empty = from anywhere.
};

class JoinTokens {
 public:
  virtual ~JoinTokens() = default;
  // By the token's public key; kNotFound. Thread-safe.
  virtual absl::StatusOr<JoinToken> Find(const ssh::Fingerprint& key) const = 0;
};

// A host at first boot, by the ed25519 key that a join token holds: proves host:HOSTNAME@realm,
// where HOSTNAME is the claimed name and the token's pattern allows it.
class JoinTokenAuthenticator final : public Authenticator {
 public:
  struct Options {
    std::string name;   // "join"
    std::string realm;  // "hosts"
  };
  JoinTokenAuthenticator(Options options, const JoinTokens& tokens);  // `tokens` outlives it.

  const std::string& name() const override { return options_.name; }
  const std::string& realm() const override { return options_.realm; }
  model::Proof proof() const override { return model::Proof::kJoinToken; }
  absl::StatusOr<model::Identity> Authenticate(const ssh::PublicKey* credential,
                                               const AuthenticationContext& context) const override;

 private:
  const Options options_;
  const JoinTokens& tokens_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_JOIN_TOKEN_AUTHENTICATOR_H_
