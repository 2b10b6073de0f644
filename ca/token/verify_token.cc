#include "ca/token/verify_token.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "ca/token/compact_jws.h"
#include "fmt/format.h"

namespace mayfly::token {
namespace {

constexpr size_t kMaxSubject = 255;  // OpenID Connect Core section 2.
constexpr size_t kMaxId = 512;

std::string Quote(std::string_view text) {
  return fmt::format("'{}'", EscapeForTerminal(text.substr(0, 128)));
}

bool IsIn(const std::vector<std::string>& list, const std::string& item) {
  return std::ranges::find(list, item) != list.end();
}

absl::Status VerifySignature(const CompactJws& jws, const KeySet& keys, const TokenRules& rules) {
  if (std::ranges::find(rules.algorithms, jws.algorithm) == rules.algorithms.end()) {
    return InvalidArgument(
        fmt::format("the token's algorithm {} is not allowed here", AlgorithmName(jws.algorithm)));
  }
  const VerificationKey* key = keys.Find(jws.kid, jws.algorithm);
  if (key == nullptr) {
    if (!jws.kid.empty() && keys.Holds(jws.kid)) {
      return Unauthenticated(fmt::format("the issuer's key {} is not for {}", Quote(jws.kid),
                                         AlgorithmName(jws.algorithm)));
    }
    return NotFound(jws.kid.empty()
                        ? std::string("the token names no key, and the issuer has several")
                        : fmt::format("the issuer has no key {}", Quote(jws.kid)));
  }
  if (!key->Verify(jws.algorithm, jws.signing_input, jws.signature)) {
    return Unauthenticated(
        fmt::format("the token's signature is not by the issuer's key {}", Quote(key->kid())));
  }
  return absl::OkStatus();
}

absl::Status CheckIssuer(const std::string& issuer, const TokenRules& rules) {
  if (issuer == rules.issuer) return absl::OkStatus();
  return PermissionDenied(fmt::format("the token is of the issuer {}, not of ours", Quote(issuer)));
}

absl::Status CheckAudience(const Claims& claims, const TokenRules& rules) {
  const std::optional<std::vector<std::string>> audiences = claims.List("aud");
  if (!audiences || audiences->empty()) return PermissionDenied("the token names no audience");
  const bool ours = std::ranges::any_of(
      *audiences, [&](const std::string& one) { return IsIn(rules.audiences, one); });
  if (!ours) {
    return PermissionDenied(
        fmt::format("the token is for {}, not for us", Quote(audiences->front())));
  }
  if (!rules.authorized_party) return absl::OkStatus();
  if (!claims.Has("azp")) {
    if (audiences->size() == 1) return absl::OkStatus();
    return PermissionDenied("the token has several audiences and no \"azp\"");
  }
  const std::optional<std::string> party = claims.Text("azp");
  if (party && IsIn(rules.audiences, *party)) return absl::OkStatus();
  return PermissionDenied(
      fmt::format("the token was made for another client ({})", Quote(party.value_or("?"))));
}

absl::Status CheckTimes(const VerifiedToken& token, const TokenRules& rules, absl::Time now) {
  if (now >= token.expires_at + rules.skew) {
    return absl::OutOfRangeError(
        fmt::format("the token expired at {}", TimeText(token.expires_at)));
  }
  if (token.issued_at > now + rules.skew) {
    return absl::OutOfRangeError(
        fmt::format("the token was issued in the future, at {}", TimeText(token.issued_at)));
  }
  if (now - token.issued_at > rules.max_age + rules.skew) {
    return absl::OutOfRangeError(fmt::format("the token was issued at {}; it may be at most {} old",
                                             TimeText(token.issued_at),
                                             DurationText(rules.max_age)));
  }
  if (token.expires_at < token.issued_at) {
    return absl::OutOfRangeError("the token expires before it was issued");
  }
  if (!token.claims.Has("nbf")) return absl::OkStatus();
  const std::optional<int64_t> not_before = token.claims.UnixSeconds("nbf");
  if (!not_before) return InvalidArgument("the token's \"nbf\" is not a time");
  if (absl::FromUnixSeconds(*not_before) > now + rules.skew) {
    return absl::OutOfRangeError(fmt::format("the token is not in force before {}",
                                             TimeText(absl::FromUnixSeconds(*not_before))));
  }
  return absl::OkStatus();
}

// The registered claims that every token must have.
absl::StatusOr<VerifiedToken> ReadClaims(std::string_view payload) {
  MAYFLY_ASSIGN_OR_RETURN(Claims claims, Annotate(Claims::Parse(payload), "the token's claims"));
  const std::optional<std::string> issuer = claims.Text("iss");
  const std::optional<std::string> subject = claims.Text("sub");
  const std::optional<int64_t> issued = claims.UnixSeconds("iat");
  const std::optional<int64_t> expires = claims.UnixSeconds("exp");
  if (!issuer) return InvalidArgument("the token has no issuer");
  if (!subject || subject->empty() || subject->size() > kMaxSubject) {
    return InvalidArgument("the token's subject is not a text of 1 to 255 bytes");
  }
  if (!issued) return InvalidArgument("the token does not say when it was issued");
  if (!expires) return InvalidArgument("the token does not say when it expires");
  std::string id = claims.Text("jti").value_or("");
  if (id.size() > kMaxId) return InvalidArgument("the token's id is too long");
  return VerifiedToken{*issuer,
                       *subject,
                       std::move(id),
                       absl::FromUnixSeconds(*issued),
                       absl::FromUnixSeconds(*expires),
                       std::move(claims)};
}

}  // namespace

absl::StatusOr<VerifiedToken> VerifyToken(std::string_view token, const KeySet& keys,
                                          const TokenRules& rules, absl::Time now) {
  MAYFLY_ASSIGN_OR_RETURN(const CompactJws jws, CompactJws::Parse(token));
  if (const absl::Status held = VerifySignature(jws, keys, rules); !held.ok()) {
    // Whoever brought it to the wrong place did not forge it; and newer keys would not help.
    const absl::StatusOr<VerifiedToken> said = ReadClaims(jws.payload);
    const absl::Status issuer = said.ok() ? CheckIssuer(said->issuer, rules) : held;
    return issuer.ok() ? held : issuer;
  }
  MAYFLY_ASSIGN_OR_RETURN(VerifiedToken verified, ReadClaims(jws.payload));
  MAYFLY_RETURN_IF_ERROR(CheckIssuer(verified.issuer, rules));
  MAYFLY_RETURN_IF_ERROR(CheckAudience(verified.claims, rules));
  MAYFLY_RETURN_IF_ERROR(CheckTimes(verified, rules, now));
  return verified;
}

}  // namespace mayfly::token
