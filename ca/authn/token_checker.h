#ifndef MAYFLY_CA_AUTHN_TOKEN_CHECKER_H_
#define MAYFLY_CA_AUTHN_TOKEN_CHECKER_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/authn/authenticator.h"
#include "ca/authn/username_rule.h"
#include "ca/token/claim_pattern.h"
#include "ca/token/key_set.h"
#include "ca/token/verify_token.h"

namespace mayfly::authn {

// What the authenticators of signed tokens have in common. Thread-safe.
class TokenChecker {
 public:
  struct Options {
    std::string name;   // Of the authenticator.
    std::string realm;  // Of the subjects it proves.
    token::TokenRules rules;
    std::vector<token::BoundClaim> bound_claims;
    UsernameRule username;
    std::map<std::string, std::string> claims;  // For policies: their name -> the token's.
    bool tells_what_it_takes = false;  // Issuer and audiences; login methods tell them anyway.
  };
  // `keys` outlives the checker.
  TokenChecker(Options options, const token::KeySource& keys);

  const Options& options() const { return options_; }

  // Verifies the token of a call that starts a session. Without context.may_wait never blocks: when
  // newer keys are needed the answer is MustWait, and the same call is to be made where it may.
  //   kUnauthenticated  made by Refuse; what the caller may read of it is in SentenceFor
  //   kUnavailable      the provider's keys cannot be had
  absl::StatusOr<token::VerifiedToken> Verify(std::string_view token,
                                              const AuthenticationContext& context) const;

  // Bound claims, username and claims of a token that was verified: everything of the identity but
  // its groups and its end.
  absl::StatusOr<model::Identity> IdentityOf(const token::VerifiedToken& token,
                                             std::string_view text, model::Proof proof,
                                             const AuthenticationContext& context) const;

 private:
  absl::StatusOr<token::VerifiedToken> VerifyNow(std::string_view token, absl::Time now) const;
  absl::Status Translate(const absl::Status& status) const;
  std::string ElsewhereSentence(const absl::Status& status) const;

  const Options options_;
  const token::KeySource& keys_;
};

// A token starts a session, and nothing else: kUnauthenticated for any other method, and unless a
// key, the session's, has signed the document; at most `most_keys`.
absl::Status CheckStartsSession(const AuthenticationContext& context, size_t most_keys = 1);

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_TOKEN_CHECKER_H_
