// Reads `oidc` and `jwt` of the configuration. Mistakes go to `errors`, each at its place.
#ifndef MAYFLY_CA_CONFIG_TOKEN_LOADER_H_
#define MAYFLY_CA_CONFIG_TOKEN_LOADER_H_

#include <string>

#include "ca/config/token_config.h"
#include "document/diagnostic.h"
#include "document/source_map.h"
#include "mayfly/v1/config.pb.h"

namespace mayfly::config {

// What a loader of one authenticator is given. `path` is the message's place in the document;
// relative paths of files start from `folder`.
struct TokenLoading {
  const document::SourceMap& map;
  const std::string& folder;
  document::Diagnostics& errors;
};

OidcAuthenticator LoadOidc(const v1::ConfigOidc& from, const std::string& path,
                           const TokenLoading& loading);
// Issuer, keys and age of a cloud's token: `keys` stands under `path`, as `keys`; `by_default` is
// the issuer where none is said.
TokenAuthenticator LoadIssuer(const std::string& issuer, const std::string& by_default,
                              const v1::ConfigIssuerKeys& keys, const std::string& path,
                              const TokenLoading& loading);
JwtAuthenticator LoadJwt(const v1::ConfigJwt& from, const std::string& path,
                         const TokenLoading& loading);

}  // namespace mayfly::config

#endif  // MAYFLY_CA_CONFIG_TOKEN_LOADER_H_
