#include "ca/authn/token_checker.h"

#include <utility>

#include "base/status.h"
#include "ca/authn/refusal.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::authn {
namespace {

constexpr std::string_view kStartMethod = "/mayfly.v1.Sessions/Start";

// The name of a token's claim in the ledger: by its issuer's id, or, without one, by what was
// signed. Not by the signature: ECDSA has two for everything that one can sign.
std::string ClaimOf(const token::VerifiedToken& token, std::string_view text) {
  if (!token.id.empty()) return fmt::format("{} {}", token.issuer, token.id);
  const std::string_view signed_part = text.substr(0, text.rfind('.'));
  return fmt::format("{} sha256:{}", token.issuer, HexEncode(Sha256(AsBytes(signed_part))));
}

}  // namespace

absl::Status CheckStartsSession(const AuthenticationContext& context, size_t most_keys) {
  if (context.header.method != kStartMethod) {
    return Refuse(cause::kWrongMethod,
                  "a token starts a session; every other call is made by the session");
  }
  if (context.possessed.empty() || context.possessed.size() > most_keys) {
    return Refuse(cause::kMalformed, "a token needs one signature, by the key of the session");
  }
  return absl::OkStatus();
}

TokenChecker::TokenChecker(Options options, const token::KeySource& keys)
    : options_(std::move(options)), keys_(keys) {}

absl::StatusOr<token::VerifiedToken> TokenChecker::Verify(
    std::string_view token, const AuthenticationContext& context) const {
  absl::StatusOr<token::VerifiedToken> verified = VerifyNow(token, context.now);
  if (absl::IsNotFound(verified.status()) || absl::IsUnavailable(verified.status())) {
    // A key that was not there a moment ago may be there now.
    if (keys_.CanRefresh() && !context.may_wait) return MustWait(options_.name);
    keys_.Refresh();
    verified = VerifyNow(token, context.now);
  }
  if (!verified.ok()) return Translate(verified.status());
  return verified;
}

absl::StatusOr<token::VerifiedToken> TokenChecker::VerifyNow(std::string_view token,
                                                             absl::Time now) const {
  MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const token::KeySet> keys, keys_.Current());
  return token::VerifyToken(token, *keys, options_.rules, now);
}

absl::Status TokenChecker::Translate(const absl::Status& status) const {
  const std::string message = fmt::format("{}: {}", options_.name, Message(status));
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return Tell(
          Refuse(cause::kProviderUnavailable, message),
          fmt::format("the CA cannot reach the identity provider of {} right now; try again "
                      "in a minute",
                      options_.name));
    case absl::StatusCode::kNotFound:
      return Refuse(cause::kTokenKeyUnknown, message);
    case absl::StatusCode::kPermissionDenied:
      return Tell(Refuse(cause::kTokenElsewhere, message), ElsewhereSentence(status));
    case absl::StatusCode::kOutOfRange:
      // The signature held: who presents it may know.
      return Tell(Refuse(cause::kTokenExpired, message), Message(status));
    case absl::StatusCode::kUnauthenticated:
      return Refuse(cause::kBadSignature, message);
    default:
      return Refuse(cause::kMalformed, message);
  }
}

// What the token says of itself is no secret of ours, and what we take may not be one.
std::string TokenChecker::ElsewhereSentence(const absl::Status& status) const {
  if (!options_.tells_what_it_takes) return Message(status);
  return fmt::format("{}: {} takes tokens of {} for {}", Message(status), options_.name,
                     options_.rules.issuer, fmt::join(options_.rules.audiences, " or "));
}

absl::StatusOr<model::Identity> TokenChecker::IdentityOf(
    const token::VerifiedToken& token, std::string_view text, model::Proof proof,
    const AuthenticationContext& context) const {
  if (const absl::Status bound = token::CheckBoundClaims(token.claims, options_.bound_claims);
      !bound.ok()) {
    return Tell(Refuse(cause::kTokenClaims, fmt::format("{}: {}", options_.name, Message(bound))),
                Message(bound));
  }
  const absl::StatusOr<std::string> username = UsernameOf(options_.username, token.claims);
  if (!username.ok()) {
    const std::string why = Message(username.status());
    return Tell(Refuse(cause::kWrongName, fmt::format("{}: {}", options_.name, why)), why);
  }
  model::Identity identity;
  MAYFLY_ASSIGN_OR_RETURN(identity.subject, model::Subject::Create(model::SubjectKind::kUser,
                                                                   *username, options_.realm));
  identity.authenticator = options_.name;
  identity.proof = proof;
  for (const auto& [name, claim] : options_.claims) {
    // What the provider left out, or wrote in a form that cannot be compared, is unknown.
    const std::optional<std::string> value = token.claims.Scalar(claim);
    identity.claims[name] =
        value ? model::Fact<std::string>::Known(*value) : model::Fact<std::string>::Unknown();
  }
  identity.authenticated_at = context.now;
  identity.issuer = token.issuer;
  identity.issuer_subject = token.subject;
  identity.bearer_digest = "sha256:" + HexEncode(Sha256(AsBytes(text)));
  identity.token_use.claim = ClaimOf(token, text);
  identity.token_use.id = token.id;
  identity.token_use.expires_at = token.expires_at;
  return identity;
}

}  // namespace mayfly::authn
