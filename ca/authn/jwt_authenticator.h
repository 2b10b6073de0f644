#ifndef MAYFLY_CA_AUTHN_JWT_AUTHENTICATOR_H_
#define MAYFLY_CA_AUTHN_JWT_AUTHENTICATOR_H_

#include <string>
#include <vector>

#include "ca/authn/authenticator.h"
#include "ca/authn/token_checker.h"

namespace mayfly::authn {

// A workload, by the signed token that its platform gives it: a pipeline of GitHub or GitLab, a
// service account of Kubernetes. The platform knows nothing of our keys, so whoever has the token
// is believed: it is therefore good for one key only, and its session ends soon.
class JwtAuthenticator final : public Authenticator {
 public:
  struct Options {
    std::string groups_claim;                // Empty: only always_groups.
    std::vector<std::string> always_groups;  // Of whoever has such a token.
    model::TokenReuse reuse = model::TokenReuse::kOnce;
    absl::Duration session = absl::Hours(1);
  };
  // `keys` outlives the authenticator.
  JwtAuthenticator(TokenChecker::Options checking, Options options, const token::KeySource& keys);

  const std::string& name() const override { return checker_.options().name; }
  const std::string& realm() const override { return checker_.options().realm; }
  model::Proof proof() const override { return model::Proof::kJwt; }
  absl::StatusOr<model::Identity> Authenticate(const ssh::PublicKey* credential,
                                               const AuthenticationContext& context) const override;

 private:
  const TokenChecker checker_;
  const Options options_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_JWT_AUTHENTICATOR_H_
