// The part of the configuration that is about signed tokens: `oidc` and `jwt`.
#ifndef MAYFLY_CA_CONFIG_TOKEN_CONFIG_H_
#define MAYFLY_CA_CONFIG_TOKEN_CONFIG_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "ca/token/algorithm.h"
#include "ca/token/claim_pattern.h"

namespace mayfly::config {

// As authn::UsernameRule takes it.
struct Username {
  std::string fixed;
  std::string claim;
  std::map<std::string, std::string> map;
  std::string strip_prefix;
  std::string strip_domain;
  std::map<char, char> replace;
  bool lower_case = false;
  std::string pattern;
  bool unverified_email = false;
};

struct IssuerKeys {
  std::string file;        // Empty = from the network.
  std::string url;         // Empty = by discovery.
  std::string roots_path;  // Empty = the system's.
  absl::Duration keep = absl::Hours(24);
};

// What both kinds of token have in common.
struct TokenAuthenticator {
  std::string issuer;
  std::vector<std::string> audiences;  // oidc: the client id.
  std::vector<token::Algorithm> algorithms;
  absl::Duration skew = absl::Minutes(1);
  absl::Duration max_age = absl::InfiniteDuration();
  std::vector<token::BoundClaim> bound_claims;
  Username username;
  std::string groups_claim;
  bool groups_from_userinfo = false;
  std::vector<std::string> always_groups;
  std::map<std::string, std::string> claims;
  IssuerKeys keys;
};

struct OidcAuthenticator : TokenAuthenticator {
  std::string public_client_secret;
  std::vector<std::string> scopes;  // With openid.
  bool browser_flow = true;
  bool device_flow = true;
  bool device_flow_without_nonce = false;
};

struct JwtAuthenticator : TokenAuthenticator {
  bool same_key = false;
  absl::Duration session = absl::Hours(1);
};

}  // namespace mayfly::config

#endif  // MAYFLY_CA_CONFIG_TOKEN_CONFIG_H_
