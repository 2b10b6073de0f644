// Signed calls: one document, serialised once, and SSHSIG signatures over exactly those bytes
// (docs/formats/signed-call.md).
#ifndef MAYFLY_CLIENT_RPC_CALL_SIGNER_H_
#define MAYFLY_CLIENT_RPC_CALL_SIGNER_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "mayfly/v1/call.pb.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::client {

inline constexpr std::string_view kCredentialNamespace = "credential.v1@mayfly";
inline constexpr std::string_view kPossessionNamespace = "possession.v1@mayfly";

// A key that can sign now, wherever its private half is: memory, a file, an agent.
struct KeySigner {
  ssh::PublicKey key;
  ssh::SignFunction sign;
};

// How the caller proves who is asking.
struct Credential {
  v1::CredentialKind kind = v1::CREDENTIAL_KIND_UNSPECIFIED;
  std::string authenticator;        // Empty = the first of that kind.
  std::optional<KeySigner> signer;  // None for the local socket and a client certificate.
  std::string bearer;               // What goes beside the document instead of a signature.
};

// When a document is signed, as the CA sees it.
struct SigningTime {
  absl::Time now;
  bool corrected = false;  // `now` is by the CA's clock.
};

// The full name of the RPC that takes these parameters: each kind has exactly one.
std::string_view MethodOf(v1::CallDocument::ParametersCase parameters);

// Completes `document`, whose parameters are set (method, audience, time, nonce, credential), and
// signs it: by the credential, and by each key whose possession is to be proven. Errors of a signer
// (an agent that refuses, a security key that is not touched) are passed on.
absl::StatusOr<v1::SignedCall> SignCall(v1::CallDocument document, std::string_view ca_id,
                                        const Credential& credential,
                                        const std::vector<KeySigner>& possession,
                                        const SigningTime& time, Random& random);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_RPC_CALL_SIGNER_H_
