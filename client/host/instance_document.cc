#include "client/host/instance_document.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/host_keys.h"
#include "client/failure.h"
#include "client/host/metadata_service.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace mayfly::client {
namespace {

// A real one answers in milliseconds; where there is none, the packet may be dropped.
constexpr absl::Duration kTimeout = absl::Seconds(2);

MetadataService ServiceOf(const Context& context) {
  const std::string address = context.environment("MAYFLY_METADATA_ADDRESS");
  return {address.empty() ? kMetadataAddress : address, kTimeout};
}

// The session token of IMDSv2 first: a proxy that can be talked into a GET cannot make this PUT.
absl::StatusOr<InstanceDocument> FetchAws(const MetadataService& service) {
  MAYFLY_ASSIGN_OR_RETURN(
      const HttpAnswer token,
      service.Put("/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "60"}}));
  const std::string_view text = TrimBlanks(token.body);
  const bool plain = !text.empty() && text.size() <= 1024 &&
                     std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!plain) return FailedPrecondition("the metadata service's token is not one");
  MAYFLY_ASSIGN_OR_RETURN(HttpAnswer document,
                          service.Get("/latest/dynamic/instance-identity/rsa2048",
                                      {{"X-aws-ec2-metadata-token", std::string(text)}}));
  return InstanceDocument{v1::CREDENTIAL_KIND_AWS, std::move(document.body)};
}

absl::StatusOr<InstanceDocument> FetchAzure(const MetadataService& service,
                                            const Sha256Digest& host_keys) {
  MAYFLY_ASSIGN_OR_RETURN(
      HttpAnswer document,
      service.Get(fmt::format("/metadata/attested/document?api-version=2021-02-01&nonce={}",
                              model::AzureNonce(host_keys)),
                  {{"Metadata", "true"}}));
  return InstanceDocument{v1::CREDENTIAL_KIND_AZURE, std::move(document.body)};
}

// A compact token, as an answer's body or a member of it; what it says is the CA's to read.
absl::StatusOr<std::string> TokenOf(std::string_view text) {
  const std::string_view token = TrimBlanks(text);
  const bool plain = !token.empty() && std::ranges::all_of(token, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (!plain) return FailedPrecondition("the metadata service's answer is no token");
  return std::string(token);
}

absl::StatusOr<InstanceDocument> FetchGcp(const MetadataService& service,
                                          const InstanceAudience& audience) {
  MAYFLY_ASSIGN_OR_RETURN(
      const HttpAnswer answer,
      service.Get(
          fmt::format("/computeMetadata/v1/instance/service-accounts/default/identity?audience={}"
                      "&format=full",
                      model::EnrolmentAudience(audience.ca_id, audience.host_keys)),
          {{"Metadata-Flavor", "Google"}}));
  // As Google's own libraries do: somebody else who answers on this address does not say so.
  const auto flavor = answer.headers.find("metadata-flavor");
  if (flavor == answer.headers.end() || flavor->second != "Google") {
    return NotFound("the metadata service is not Google's");
  }
  MAYFLY_ASSIGN_OR_RETURN(std::string token, TokenOf(answer.body));
  return InstanceDocument{v1::CREDENTIAL_KIND_GCP, std::move(token)};
}

std::string PercentEncoded(std::string_view text) {
  std::string encoded;
  for (const unsigned char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        std::string_view("-._~").find(static_cast<char>(c)) != std::string_view::npos) {
      encoded += static_cast<char>(c);
    } else {
      encoded += fmt::format("%{:02X}", c);
    }
  }
  return encoded;
}

absl::StatusOr<InstanceDocument> FetchAzureIdentity(const MetadataService& service,
                                                    const InstanceAudience& audience) {
  MAYFLY_ASSIGN_OR_RETURN(
      const HttpAnswer answer,
      service.Get(fmt::format("/metadata/identity/oauth2/token?api-version=2018-02-01&resource={}",
                              PercentEncoded(audience.application)),
                  {{"Metadata", "true"}}));
  const nlohmann::json json =
      nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("access_token") || !json["access_token"].is_string()) {
    return FailedPrecondition("the metadata service's answer has no access_token");
  }
  MAYFLY_ASSIGN_OR_RETURN(std::string token, TokenOf(json["access_token"].get<std::string>()));
  return InstanceDocument{v1::CREDENTIAL_KIND_AZURE_IDENTITY, std::move(token)};
}

absl::Status NoService(const absl::Status& status) {
  return WithExitCode(
      WithHint(status,
               "is this a machine of that cloud, and may it ask its metadata service? "
               "mayfly host enroll --token-file FILE works everywhere"),
      ExitCode::kLocal);
}

}  // namespace

absl::StatusOr<InstanceDocument> FetchInstanceDocument(const Context& context,
                                                       const std::string& from,
                                                       const InstanceAudience& audience) {
  const MetadataService service = ServiceOf(context);
  absl::StatusOr<InstanceDocument> document;
  if (from == "aws") {
    document = FetchAws(service);
  } else if (from == "gcp") {
    document = FetchGcp(service, audience);
  } else if (from == "azure") {
    document = FetchAzure(service, audience.host_keys);
  } else if (from == "azure-identity") {
    document = FetchAzureIdentity(service, audience);
  } else if (from == "auto") {
    document = FetchAws(service);
    // Somebody is there and it is no AWS; where nobody is, the next would wait in vain too.
    if (absl::IsNotFound(document.status())) document = FetchGcp(service, audience);
    if (absl::IsNotFound(document.status())) document = FetchAzure(service, audience.host_keys);
  } else {
    return Failure(ExitCode::kUsage,
                   "--from: expected token, mtls, aws, gcp, azure, azure-identity or auto");
  }
  if (!document.ok()) return NoService(document.status());
  return document;
}

}  // namespace mayfly::client
