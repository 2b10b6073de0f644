#ifndef MAYFLY_CA_MODEL_IDENTITY_H_
#define MAYFLY_CA_MODEL_IDENTITY_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "ca/model/fact.h"
#include "ca/model/subject.h"

namespace mayfly::model {

// How one call was proven. `kLocal` is root or mayflyd's own user on the CA's machine; `kOidc` the
// ID token of a person; `kJwt` the token of a workload; `kMtls` the client certificate of the
// connection; a cloud's name an instance's document or token.
enum class Proof {
  kSshKey,
  kJoinToken,
  kSession,
  kHostKey,
  kLocal,
  kOidc,
  kJwt,
  kMtls,
  kAws,
  kGcp,
  kAzure,
  kAzureIdentity,
};
std::string_view ProofName(Proof proof);  // "ssh_key", "join_token", "session" …
const std::vector<Proof>& AllProofs();
bool IsByKey(Proof proof);     // A signature over the call is the credential.
bool IsByBearer(Proof proof);  // Something that whoever holds it could present.

// A signed token that was used, by what it is known: the ledger keeps this and never the token.
enum class TokenReuse { kOnce, kSameKey };
struct TokenUse {
  std::string claim;  // What is claimed for the key of the session; empty = there was no token.
  std::string id;     // "jti"; may be empty.
  absl::Time expires_at;
  TokenReuse reuse = TokenReuse::kOnce;
  friend bool operator==(const TokenUse&, const TokenUse&) = default;
};

// A subject as proven now. What speaks for policy (`authenticator`, groups, claims, labels) is as
// it was *first* proven: a session or a host key speaks for what was recorded then.
struct Identity {
  Subject subject;
  std::string authenticator;  // The configured name, e.g. "ssh-key" or "join"; "local" for kLocal.
  Proof proof = Proof::kSshKey;  // Of this call.
  std::string proof_key;         // Fingerprint of the key that proved it; empty for kLocal.
  Fact<std::vector<std::string>> groups;            // Absent for hosts.
  std::map<std::string, Fact<std::string>> claims;  // One that is not here is unknown.
  Fact<Labels> labels;                        // Hosts only; only what an authenticator attests.
  absl::Time authenticated_at;                // The primary authentication.
  absl::Time until = absl::InfiniteFuture();  // Nothing issued is valid past this.

  // Who vouches for the subject, and by which name it knows it: a realm's name is bound to the
  // first pair that it came with. Empty: the authenticator, and the subject's own name.
  std::string issuer;
  std::string issuer_subject;
  // Of the key of the primary authentication: it cannot leave a security key; that was touched; it
  // asked for its PIN or a finger. Known for SSH keys, absent for what is no key.
  Fact<bool> hardware;
  Fact<bool> user_present;
  Fact<bool> user_verified;
  std::string bearer_digest;  // "sha256:HEX" of a bearer credential; else empty.
  TokenUse token_use;

  friend bool operator==(const Identity&, const Identity&) = default;
};

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_IDENTITY_H_
