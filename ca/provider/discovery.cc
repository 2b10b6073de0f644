#include "ca/provider/discovery.h"

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/text.h"
#include "ca/token/strict_json.h"
#include "fmt/format.h"
#include "http/url.h"

namespace mayfly::provider {

std::string DiscoveryUrl(std::string_view issuer) {
  while (issuer.ends_with('/')) issuer.remove_suffix(1);
  return fmt::format("{}/.well-known/openid-configuration", issuer);
}

absl::StatusOr<Discovery> ParseDiscovery(std::string_view text, std::string_view issuer) {
  MAYFLY_ASSIGN_OR_RETURN(const nlohmann::json json, token::ParseStrictJson(text));
  const std::string said = token::StringMember(json, "issuer");
  if (said != issuer) {
    return InvalidArgument(fmt::format("it says that it is the issuer '{}'; configured is '{}'",
                                       EscapeForTerminal(said.substr(0, 256)), issuer));
  }
  Discovery discovery;
  discovery.jwks_uri = token::StringMember(json, "jwks_uri");
  MAYFLY_RETURN_IF_ERROR(
      Annotate(http::CheckHttpsUrl(discovery.jwks_uri, /*allow_query=*/true), "jwks_uri"));
  discovery.userinfo_endpoint = token::StringMember(json, "userinfo_endpoint");
  if (!discovery.userinfo_endpoint.empty()) {
    MAYFLY_RETURN_IF_ERROR(
        Annotate(http::CheckHttpsUrl(discovery.userinfo_endpoint, /*allow_query=*/true),
                 "userinfo_endpoint"));
  }
  return discovery;
}

}  // namespace mayfly::provider
