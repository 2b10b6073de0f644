#ifndef MAYFLY_CLIENT_LOGIN_TOKEN_PROOF_H_
#define MAYFLY_CLIENT_LOGIN_TOKEN_PROOF_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/login/oidc_login.h"
#include "client/rpc/call_signer.h"
#include "mayfly/v1/services.pb.h"

namespace mayfly::client {

// A token that proves who is asking, and where it came from.
struct TokenProof {
  Credential credential;
  std::string origin;         // For the talk (escaped).
  std::string refresh_token;  // Of a sign-in that is to be remembered; else empty.
  bool comes_again = false;   // A workload's, which the platform gives until it expires.
};

// Whether a platform has put a workload's token where we find it:
//   $MAYFLY_TOKEN_FILE                                a file
//   $ACTIONS_ID_TOKEN_REQUEST_URL and …_REQUEST_TOKEN  GitHub Actions, with id-token: write
//   $MAYFLY_ID_TOKEN                                  GitLab CI, named so under id_tokens
//   /var/run/secrets/mayfly/token                     Kubernetes, a projected token
bool HasWorkloadToken(const Context& context);

// That token, for the first of `methods` of its issuer; nullopt when there is none, or the CA takes
// none. $MAYFLY_AUDIENCE, where it is set, is the only audience that a token is shown or asked for.
// GitHub is believed by the system's roots (or the file in $SSL_CERT_FILE), whatever the CA says.
// kNotAuthenticated when there is one and the CA takes no tokens of its issuer; kLocal when it
// cannot be read.
absl::StatusOr<std::optional<TokenProof>> FindWorkloadToken(
    const Context& context, const std::vector<v1::LoginMethod>& methods);

// Logs a person in at the provider of the first `oidc` of `methods`; nullopt when there is none.
// kUsage when it is to be remembered and the CA does not take that.
absl::StatusOr<std::optional<TokenProof>> LogInByProvider(
    const Context& context, const std::vector<v1::LoginMethod>& methods, const SignIn& sign_in);

// Renews a remembered sign-in, by the authenticator of that time; nullopt when the CA no longer has
// it or no longer takes that.
absl::StatusOr<std::optional<TokenProof>> RenewLogin(const std::vector<v1::LoginMethod>& methods,
                                                     const std::string& authenticator,
                                                     const std::string& refresh_token);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_TOKEN_PROOF_H_
