#ifndef MAYFLY_CA_AUTHN_OIDC_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_OIDC_AUTHENTICATOR_H_

#include <string>
#include <vector>

#include "ca/authn/authenticator.h"
#include "ca/authn/token_checker.h"

namespace mayfly::authn {

// What an identity provider says about whoever holds an access token.
class UserinfoSource {
 public:
  virtual ~UserinfoSource() = default;
  // Blocks for some seconds at most. Any error: it is not known. Thread-safe.
  virtual absl::StatusOr<token::Claims> Userinfo(const std::string& access_token) const = 0;
};

// A person, by the ID token of an OpenID provider (OpenID Connect Core 3.1.3.7). The token's nonce
// is base64url(SHA-256(session key blob || the document's 32 random bytes)): it was made for this
// login by this key, and whoever steals it can do nothing with it. Every token is used once.
class OidcAuthenticator final : public Authenticator {
 public:
  struct Options {
    std::string groups_claim;                // Empty: groups are not looked for, and absent.
    std::vector<std::string> always_groups;  // Of everybody.
    bool groups_from_userinfo = false;       // Where the token has none.
    // A token without nonce is taken when it is at most two minutes old: some providers drop the
    // nonce in the device flow. One with another nonce never is.
    bool device_flow_without_nonce = false;
    // Whether somebody may be remembered: a token that the provider renewed later is taken when the
    // call is signed by the key of that sign-in too, as its nonce wants.
    bool remember = false;
  };
  // `keys` and `userinfo` outlive the authenticator; `userinfo` may be null.
  OidcAuthenticator(TokenChecker::Options checking, Options options, const token::KeySource& keys,
                    const UserinfoSource* userinfo);

  const std::string& name() const override { return checker_.options().name; }
  const std::string& realm() const override { return checker_.options().realm; }
  model::Proof proof() const override { return model::Proof::kOidc; }
  // The bearer is the ID token, and behind a newline the access token for userinfo, or nothing.
  absl::StatusOr<model::Identity> Authenticate(const ssh::PublicKey* credential,
                                               const AuthenticationContext& context) const override;

 private:
  absl::Status CheckNonce(const token::VerifiedToken& token,
                          const AuthenticationContext& context) const;
  // As the provider says: somebody's browser may have been signed in for days. 1970 where it does
  // not say.
  absl::StatusOr<absl::Time> SignedInAt(const token::VerifiedToken& token,
                                        const AuthenticationContext& context) const;
  absl::StatusOr<model::Fact<std::vector<std::string>>> GroupsOf(
      const token::VerifiedToken& token, const std::string& access_token,
      const AuthenticationContext& context) const;

  const TokenChecker checker_;
  const Options options_;
  const UserinfoSource* const userinfo_;
};

inline constexpr absl::Duration kRememberedFor = absl::Hours(24 * 30);  // Since the sign-in.

// Groups as a claim tells them. Unknown where the claim is missing, cut off (a marker of Entra ID
// says that there are more), of another form, or beyond 1,000.
model::Fact<std::vector<std::string>> GroupsFrom(const token::Claims& claims,
                                                 const std::string& claim);
// With the groups of everybody; what is not known stays unknown.
model::Fact<std::vector<std::string>> AndAlways(const model::Fact<std::vector<std::string>>& groups,
                                                const std::vector<std::string>& always);

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_OIDC_AUTHENTICATOR_H_
