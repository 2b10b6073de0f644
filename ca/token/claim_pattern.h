#ifndef MAYFLY_CA_TOKEN_CLAIM_PATTERN_H_
#define MAYFLY_CA_TOKEN_CLAIM_PATTERN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ca/token/claims.h"

namespace mayfly::token {

// Whether `text` is what `pattern` allows, as a whole: `*` stands for any text without '/' and ':',
// `**` for any text, everything else for itself. One star therefore never reaches from one part of
// a subject into the next: repo:acme/*:ref:refs/heads/main names the repositories of acme, and that
// branch alone. Linear in the product of the lengths.
bool MatchesClaimPattern(std::string_view pattern, std::string_view text);

// kInvalidArgument for a pattern that is empty, too long, or allows everything.
absl::Status CheckClaimPattern(std::string_view pattern);

// A claim that a token must have, with one of these values.
struct BoundClaim {
  std::string claim;
  std::vector<std::string> patterns;  // At least one.
  friend bool operator==(const BoundClaim&, const BoundClaim&) = default;
};

// kPermissionDenied names the claim that is missing or has another value (escaped). A list claim
// must match in one of its items.
absl::Status CheckBoundClaims(const Claims& claims, const std::vector<BoundClaim>& bound);

}  // namespace mayfly::token

#endif  // MAYFLY_CA_TOKEN_CLAIM_PATTERN_H_
