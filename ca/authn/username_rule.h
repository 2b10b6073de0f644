#ifndef MAYFLY_CA_AUTHN_USERNAME_RULE_H_
#define MAYFLY_CA_AUTHN_USERNAME_RULE_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "ca/token/claims.h"

namespace mayfly::authn {

// How a token's claim becomes the name of a subject. Exactly one of `fixed` and `claim` is set.
struct UsernameRule {
  std::string fixed;                       // Whoever has such a token is this one.
  std::string claim;                       // As token::Claims names it.
  std::map<std::string, std::string> map;  // Values with a name of their own: taken as they stand.
  // What follows is done to every other value, in this order.
  std::string strip_prefix;       // It must begin with this.
  std::string strip_domain;       // It must end with @ and this.
  std::map<char, char> replace;   // None of the new characters may be in the value.
  bool lower_case = false;        // ASCII letters.
  std::string pattern;            // As token::MatchesClaimPattern; empty = any.
  bool unverified_email = false;  // An email that the token does not say to be verified will do.
  friend bool operator==(const UsernameRule&, const UsernameRule&) = default;
};

// A name that a subject may have. kPermissionDenied, in a sentence for the token's owner: the claim
// is missing, unverified (an "email" that "email_verified" does not vouch for), outside the rule,
// no name of the grammar [A-Za-z0-9._+@-]{1,64}, or a reserved one (root, system accounts).
absl::StatusOr<std::string> UsernameOf(const UsernameRule& rule, const token::Claims& claims);

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_USERNAME_RULE_H_
