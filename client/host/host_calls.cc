#include "client/host/host_calls.h"

#include <algorithm>
#include <functional>

#include "base/status.h"
#include "client/failure.h"
#include "client/rpc/proto_time.h"
#include "fmt/format.h"
#include "mayfly/v1/call.pb.h"
#include "mayfly/v1/services.pb.h"

namespace mayfly::client {
namespace {

KeySigner SignerOf(const HostKey& key) { return {key.key.public_key(), key.key.signer()}; }

std::vector<std::string> SortedBlobs(const std::vector<HostKey>& keys) {
  std::vector<std::string> blobs;
  for (const HostKey& key : keys) blobs.push_back(ToText(key.key.public_key().blob()));
  std::ranges::sort(blobs);
  return blobs;
}

// A host must not install what it did not ask for, whoever answers.
template <typename Response>
absl::StatusOr<HostAnswer> Read(const Response& response, const std::vector<HostKey>& keys) {
  HostAnswer answer;
  if (static_cast<size_t>(response.certificates_size()) != keys.size()) {
    return Internal("the CA answered with another number of certificates than there are keys");
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    MAYFLY_ASSIGN_OR_RETURN(
        ssh::Certificate certificate,
        ssh::Certificate::Parse(AsBytes(response.certificates(static_cast<int>(i)).certificate())));
    MAYFLY_RETURN_IF_ERROR(certificate.VerifySignature());
    if (certificate.body.kind != ssh::CertificateKind::kHost ||
        certificate.body.key != keys[i].key.public_key()) {
      return Internal("the CA answered with a certificate that was not asked for");
    }
    answer.certificates.push_back(std::move(certificate));
  }
  answer.subject = response.subject();
  answer.labels = {response.labels().begin(), response.labels().end()};
  MAYFLY_RETURN_IF_ERROR(model::CheckLabels(answer.labels));
  return answer;
}

// Makes a call with our clock and, when the CA says that it is off, with the CA's.
template <typename Response>
absl::StatusOr<Response> WithClock(
    const Clock& clock,
    const std::function<absl::StatusOr<Response>(const SigningTime& time)>& call) {
  absl::StatusOr<Response> response = call({clock.Now(), false});
  if (response.ok()) return response;
  const std::optional<v1::ErrorDetail> detail = DetailOf(response.status());
  if (!detail || !detail->has_server_time()) return response;
  return call({FromProto(detail->server_time()), true});
}

}  // namespace

absl::StatusOr<HostAnswer> CallEnroll(CaClient& ca, const HostAsk& ask,
                                      const std::vector<HostKey>& keys,
                                      const Credential& credential, const Clock& clock,
                                      Random& random) {
  const std::vector<std::string> all_keys = SortedBlobs(keys);
  const std::function<absl::StatusOr<v1::EnrollHostResponse>(const SigningTime&)> call =
      [&](const SigningTime& time) -> absl::StatusOr<v1::EnrollHostResponse> {
    v1::EnrollHostRequest request;
    for (const HostKey& key : keys) {
      v1::CallDocument document;
      v1::EnrollHost& parameters = *document.mutable_enroll_host();
      parameters.set_public_key(ToText(key.key.public_key().blob()));
      parameters.set_hostname(ask.hostname);
      for (const std::string& blob : all_keys) parameters.add_all_keys(blob);
      for (const std::string& name : ask.principals) parameters.add_principals(name);
      MAYFLY_ASSIGN_OR_RETURN(
          *request.add_calls(),
          SignCall(std::move(document), ask.ca_id, credential, {SignerOf(key)}, time, random));
    }
    return ca.EnrollHost(request);
  };
  MAYFLY_ASSIGN_OR_RETURN(const v1::EnrollHostResponse response, WithClock(clock, call));
  return Read(response, keys);
}

absl::StatusOr<HostAnswer> CallRenew(CaClient& ca, const HostAsk& ask,
                                     const std::vector<HostKey>& keys, const Clock& clock,
                                     Random& random) {
  const std::function<absl::StatusOr<v1::RenewHostResponse>(const SigningTime&)> call =
      [&](const SigningTime& time) -> absl::StatusOr<v1::RenewHostResponse> {
    v1::RenewHostRequest request;
    for (const HostKey& key : keys) {
      v1::CallDocument document;
      document.mutable_renew_host()->set_public_key(ToText(key.key.public_key().blob()));
      for (const std::string& name : ask.principals) {
        document.mutable_renew_host()->add_principals(name);
      }
      const Credential credential{v1::CREDENTIAL_KIND_HOST_KEY, "", SignerOf(key)};
      MAYFLY_ASSIGN_OR_RETURN(
          *request.add_calls(),
          SignCall(std::move(document), ask.ca_id, credential, {SignerOf(key)}, time, random));
    }
    return ca.RenewHost(request);
  };
  MAYFLY_ASSIGN_OR_RETURN(const v1::RenewHostResponse response, WithClock(clock, call));
  return Read(response, keys);
}

}  // namespace mayfly::client
