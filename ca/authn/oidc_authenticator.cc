#include "ca/authn/oidc_authenticator.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/refusal.h"
#include "ca/model/login_nonce.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr size_t kMaxTokenGroups = 1000;
constexpr size_t kMaxTokenGroupSize = 256;
constexpr absl::Duration kMaxAgeWithoutNonce = absl::Minutes(2);

// Entra ID leaves the groups of a person with many out of the token and says so (overage claims).
bool IsCutOff(const token::Claims& claims, const std::string& claim) {
  return claims.Has("/_claim_names/" + claim) || claims.Flag("hasgroups").value_or(false);
}

}  // namespace

model::Fact<std::vector<std::string>> GroupsFrom(const token::Claims& claims,
                                                 const std::string& claim) {
  using Groups = model::Fact<std::vector<std::string>>;
  if (IsCutOff(claims, claim)) return Groups::Unknown();
  const std::optional<std::vector<std::string>> groups = claims.List(claim);
  if (!groups || groups->size() > kMaxTokenGroups) return Groups::Unknown();
  const bool fit = std::ranges::all_of(*groups, [](const std::string& group) {
    return !group.empty() && group.size() <= kMaxTokenGroupSize;
  });
  return fit ? Groups::Known(*groups) : Groups::Unknown();
}

model::Fact<std::vector<std::string>> AndAlways(const model::Fact<std::vector<std::string>>& groups,
                                                const std::vector<std::string>& always) {
  using Groups = model::Fact<std::vector<std::string>>;
  if (!groups.known()) return Groups::Unknown();
  std::vector<std::string> all = groups.value();
  for (const std::string& group : always) {
    if (std::ranges::find(all, group) == all.end()) all.push_back(group);
  }
  return Groups::Known(std::move(all));
}

OidcAuthenticator::OidcAuthenticator(TokenChecker::Options checking, Options options,
                                     const token::KeySource& keys, const UserinfoSource* userinfo)
    : checker_(std::move(checking), keys), options_(std::move(options)), userinfo_(userinfo) {}

absl::StatusOr<model::Identity> OidcAuthenticator::Authenticate(
    const ssh::PublicKey* credential, const AuthenticationContext& context) const {
  MAYFLY_CHECK(credential == nullptr);
  MAYFLY_RETURN_IF_ERROR(CheckStartsSession(context, options_.remember ? 2 : 1));
  const std::string_view bearer = AsText(context.header.bearer);
  const size_t end = std::min(bearer.find('\n'), bearer.size());
  const std::string_view text = bearer.substr(0, end);
  const std::string access_token(bearer.substr(std::min(end + 1, bearer.size())));
  MAYFLY_ASSIGN_OR_RETURN(const token::VerifiedToken token, checker_.Verify(text, context));
  MAYFLY_RETURN_IF_ERROR(CheckNonce(token, context));
  MAYFLY_ASSIGN_OR_RETURN(model::Identity identity,
                          checker_.IdentityOf(token, text, proof(), context));
  MAYFLY_ASSIGN_OR_RETURN(identity.authenticated_at, SignedInAt(token, context));
  MAYFLY_ASSIGN_OR_RETURN(identity.groups, GroupsOf(token, access_token, context));
  identity.token_use.reuse = model::TokenReuse::kOnce;
  return identity;
}

absl::Status OidcAuthenticator::CheckNonce(const token::VerifiedToken& token,
                                           const AuthenticationContext& context) const {
  if (context.header.nonce_seed.size() != model::kNonceSeedSize) {
    return Refuse(cause::kMalformed,
                  fmt::format("the document has no nonce seed of {} bytes", model::kNonceSeedSize));
  }
  const bool renewed = context.possessed.size() > 1;
  if (token.claims.Has("nonce")) {
    // Behind the key of the session comes the one that the sign-in was made for.
    const std::string expected =
        model::LoginNonce(context.possessed.back().blob(), context.header.nonce_seed);
    if (token.claims.Text("nonce") == expected) return absl::OkStatus();
    return Tell(
        Refuse(cause::kTokenNonce, fmt::format("{}: the token of {} was made for another login",
                                               name(), EscapeForTerminal(token.subject))),
        "the token was made for another login than this one");
  }
  if (renewed) {
    return Tell(Refuse(cause::kTokenNonce,
                       fmt::format("{}: a renewed token without nonce says nothing of who may use "
                                   "it",
                                   name())),
                "the identity provider leaves the nonce out of renewed tokens, so it cannot be "
                "remembered that you signed in");
  }
  if (!options_.device_flow_without_nonce) {
    return Tell(Refuse(cause::kTokenNonce,
                       fmt::format("{}: the token has no nonce; a provider that drops it in the "
                                   "device flow needs device_flow_without_nonce",
                                   name())),
                "the identity provider left the nonce out of the token: log in by the browser, or "
                "ask the CA's operators about device_flow_without_nonce");
  }
  if (context.now - token.issued_at > kMaxAgeWithoutNonce) {
    return Tell(
        Refuse(cause::kTokenExpired,
               fmt::format("{}: a token without nonce, issued at {}; at most 2m old is taken",
                           name(), TimeText(token.issued_at))),
        "the token is more than two minutes old; log in again");
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> OidcAuthenticator::SignedInAt(
    const token::VerifiedToken& token, const AuthenticationContext& context) const {
  const std::optional<int64_t> said = token.claims.UnixSeconds("auth_time");
  const bool renewed = context.possessed.size() > 1;
  if (!said && !renewed) return absl::UnixEpoch();  // Not known, so never of late.
  if (!said) {
    return Tell(Refuse(cause::kTokenClaims,
                       fmt::format("{}: a renewed token does not say when its bearer signed in "
                                   "(auth_time)",
                                   name())),
                "the identity provider does not say when you signed in; sign in anew");
  }
  const absl::Time at = std::min(absl::FromUnixSeconds(*said), context.now);
  if (renewed && context.now - at > kRememberedFor) {
    return Tell(
        Refuse(cause::kTokenExpired,
               fmt::format("{}: renewed from a sign-in at {}; it is remembered for {}", name(),
                           TimeText(at), DurationText(kRememberedFor))),
        fmt::format("you signed in more than {} ago; sign in anew", DurationText(kRememberedFor)));
  }
  return at;
}

absl::StatusOr<model::Fact<std::vector<std::string>>> OidcAuthenticator::GroupsOf(
    const token::VerifiedToken& token, const std::string& access_token,
    const AuthenticationContext& context) const {
  using Groups = model::Fact<std::vector<std::string>>;
  if (options_.groups_claim.empty()) {
    return options_.always_groups.empty() ? Groups::Absent()
                                          : Groups::Known(options_.always_groups);
  }
  Groups groups = GroupsFrom(token.claims, options_.groups_claim);
  if (groups.unknown() && options_.groups_from_userinfo && userinfo_ != nullptr &&
      !access_token.empty()) {
    if (!context.may_wait) return MustWait(name());
    const absl::StatusOr<token::Claims> info = userinfo_->Userinfo(access_token);
    // Whose access token it was: OpenID Connect Core 5.3.2.
    if (info.ok() && info->Text("sub") == token.subject) {
      groups = GroupsFrom(*info, options_.groups_claim);
    }
  }
  return AndAlways(groups, options_.always_groups);
}

}  // namespace mayfly::authn
