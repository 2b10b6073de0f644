#ifndef MAYFLY_CLIENT_LOGIN_TOKEN_PROOF_H_
#define MAYFLY_CLIENT_LOGIN_TOKEN_PROOF_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/rpc/call_signer.h"
#include "mayfly/v1/services.pb.h"

namespace mayfly::client {

// A token that proves who is asking, and where it came from.
struct TokenProof {
  Credential credential;
  std::string origin;  // For the talk (escaped).
};

// Whether a platform has put a workload's token where we find it:
//   $MAYFLY_TOKEN_FILE                                a file
//   $ACTIONS_ID_TOKEN_REQUEST_URL and …_REQUEST_TOKEN  GitHub Actions, with id-token: write
//   $MAYFLY_ID_TOKEN                                  GitLab CI, named so under id_tokens
//   /var/run/secrets/mayfly/token                     Kubernetes, a projected token
bool HasWorkloadToken(const Context& context);

// That token, for the first of `methods` of its issuer; nullopt when there is none.
// kNotAuthenticated when there is one and the CA takes no tokens of its issuer; kLocal when it
// cannot be read.
absl::StatusOr<std::optional<TokenProof>> FindWorkloadToken(
    const Context& context, const std::vector<v1::LoginMethod>& methods);

// Logs a person in at the provider of the first `oidc` of `methods`; nullopt when there is none.
absl::StatusOr<std::optional<TokenProof>> LogInByProvider(
    const Context& context, const std::vector<v1::LoginMethod>& methods, const std::string& nonce,
    bool no_browser);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_TOKEN_PROOF_H_
