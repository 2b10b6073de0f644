#ifndef MAYFLY_CA_PROVIDER_DISCOVERY_H_
#define MAYFLY_CA_PROVIDER_DISCOVERY_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace mayfly::provider {

// What an issuer says about itself (OpenID Connect Discovery 1.0), as far as the CA needs it.
struct Discovery {
  std::string jwks_uri;
  std::string userinfo_endpoint;  // May be empty.
};

std::string DiscoveryUrl(std::string_view issuer);

// kInvalidArgument: not strict JSON, of another issuer than was asked, or an address that is not
// https.
absl::StatusOr<Discovery> ParseDiscovery(std::string_view text, std::string_view issuer);

}  // namespace mayfly::provider

#endif  // MAYFLY_CA_PROVIDER_DISCOVERY_H_
