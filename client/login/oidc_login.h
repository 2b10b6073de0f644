#ifndef MAYFLY_CLIENT_LOGIN_OIDC_LOGIN_H_
#define MAYFLY_CLIENT_LOGIN_OIDC_LOGIN_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/context.h"
#include "http/client.h"
#include "mayfly/v1/services.pb.h"

namespace mayfly::client {

struct OidcTokens {
  std::string id_token;
  std::string access_token;
  std::string refresh_token;  // Only when it was asked for.
};

// How somebody is to sign in.
struct SignIn {
  std::string nonce;
  bool no_browser = false;
  bool anew = false;      // Also when the browser is signed in already.
  bool remember = false;  // Ask for a refresh token.
};

// Logs a person in at the provider of `method` and returns its tokens: by the browser
// (authorisation code with PKCE), or by a code that is typed in on another device (RFC 8628) with
// `no_browser`, over ssh, and where no browser can be opened. Blocks until the person has signed
// in, at most ten minutes. Neither token is kept anywhere. kNotAuthenticated when the provider or
// the person says no; kUnavailable when the provider cannot be reached.
absl::StatusOr<OidcTokens> LogInAtProvider(const Context& context, const v1::LoginMethod& method,
                                           const SignIn& sign_in, http::Client& http);

// New tokens for a sign-in of before. kNotAuthenticated when the provider no longer knows it;
// kUnavailable when it cannot be reached.
absl::StatusOr<OidcTokens> RenewAtProvider(const v1::LoginMethod& method,
                                           const std::string& refresh_token, http::Client& http);

// Whether the CA and its provider let a sign-in be remembered.
bool MayRemember(const v1::LoginMethod& method);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_OIDC_LOGIN_H_
