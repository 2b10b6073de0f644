#include "ca/authn/jwt_authenticator.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "ca/authn/oidc_authenticator.h"

namespace mayfly::authn {

JwtAuthenticator::JwtAuthenticator(TokenChecker::Options checking, Options options,
                                   const token::KeySource& keys)
    : checker_(std::move(checking), keys), options_(std::move(options)) {}

absl::StatusOr<model::Identity> JwtAuthenticator::Authenticate(
    const ssh::PublicKey* credential, const AuthenticationContext& context) const {
  MAYFLY_CHECK(credential == nullptr);
  MAYFLY_RETURN_IF_ERROR(CheckStartsSession(context));
  const std::string_view text = AsText(context.header.bearer);
  MAYFLY_ASSIGN_OR_RETURN(const token::VerifiedToken token, checker_.Verify(text, context));
  MAYFLY_ASSIGN_OR_RETURN(model::Identity identity,
                          checker_.IdentityOf(token, text, proof(), context));
  identity.groups =
      AndAlways(options_.groups_claim.empty() ? model::Fact<std::vector<std::string>>::Known({})
                                              : GroupsFrom(token.claims, options_.groups_claim),
                options_.always_groups);
  identity.until = context.now + options_.session;
  if (options_.reuse == model::TokenReuse::kSameKey) {
    // The binding to the key and what was got by it end together.
    identity.until = std::min(identity.until, token.expires_at);
  }
  identity.token_use.reuse = options_.reuse;
  return identity;
}

}  // namespace mayfly::authn
