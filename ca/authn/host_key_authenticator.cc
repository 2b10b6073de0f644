#include "ca/authn/host_key_authenticator.h"

#include <utility>

#include "base/status.h"
#include "ca/authn/refusal.h"
#include "fmt/format.h"

namespace mayfly::authn {

HostKeyAuthenticator::HostKeyAuthenticator(const Hosts& hosts) : hosts_(hosts) {}

absl::StatusOr<model::Identity> HostKeyAuthenticator::Authenticate(
    const ssh::PublicKey* credential, const AuthenticationContext&) const {
  MAYFLY_CHECK(credential != nullptr);
  const ssh::Fingerprint fingerprint = credential->Fingerprint();
  absl::StatusOr<EnrolledHost> host = hosts_.FindByKey(fingerprint);
  if (host.status().code() == absl::StatusCode::kNotFound) {
    return Refuse(cause::kUnknownKey,
                  fmt::format("no enrolled host has the key {}", fingerprint.text));
  }
  MAYFLY_RETURN_IF_ERROR(host.status());
  if (host->retired) {
    return Refuse(cause::kHostRetired,
                  fmt::format("the enrolment of {} was retired", host->subject.ToString()));
  }
  model::Identity identity;
  identity.subject = std::move(host->subject);
  identity.authenticator = std::move(host->authenticator);
  identity.proof = proof();
  identity.proof_key = fingerprint.text;
  identity.labels = model::Fact<model::Labels>::Known(std::move(host->labels));
  identity.authenticated_at = host->enrolled_at;
  return identity;
}

}  // namespace mayfly::authn
