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

// How one call was proven. `kLocal` is root or mayflyd's own user on the CA's machine.
enum class Proof { kSshKey, kJoinToken, kSession, kHostKey, kLocal };
std::string_view ProofName(Proof proof);  // "ssh_key", "join_token", "session", "host_key", "local"

// A subject as proven now. What speaks for policy (`authenticator`, groups, claims, labels) is as
// it was *first* proven: a session or a host key speaks for what was recorded then.
struct Identity {
  Subject subject;
  std::string authenticator;  // The configured name, e.g. "ssh-key" or "join"; "local" for kLocal.
  Proof proof = Proof::kSshKey;  // Of this call.
  std::string proof_key;         // Fingerprint of the key that proved it; empty for kLocal.
  Fact<std::vector<std::string>> groups;            // Absent for hosts.
  std::map<std::string, Fact<std::string>> claims;  // One that is not here is unknown.
  // Whether the key of the primary authentication lives in a security key (FIDO) that was touched.
  Fact<bool> hardware;
  Fact<Labels> labels;                        // Hosts only; only what an authenticator attests.
  absl::Time authenticated_at;                // The primary authentication.
  absl::Time until = absl::InfiniteFuture();  // Nothing issued is valid past this.

  friend bool operator==(const Identity&, const Identity&) = default;
};

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_IDENTITY_H_
