#include "client/rpc/ca_client.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/time/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "client/rpc/channel.h"
#include "client/rpc/rpc_failure.h"
#include "fmt/format.h"
#include "mayfly/v1/services.grpc.pb.h"

namespace mayfly::client {
namespace {

std::string RequestId(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerInitialMetadata();
  const auto found = metadata.find("mayfly-request-id");
  return found == metadata.end() ? std::string()
                                 : std::string(found->second.data(), found->second.size());
}

}  // namespace

struct CaClient::Rep {
  Rep(std::string called, Way how, const std::shared_ptr<grpc::Channel>& channel,
      absl::Duration limit, std::shared_ptr<HandshakeFindings> handshake)
      : address(std::move(called)),
        way(how),
        timeout(limit),
        findings(std::move(handshake)),
        trust(channel),
        sessions(channel),
        certificates(channel),
        hosts(channel),
        operations(channel),
        requests(channel),
        users(channel) {}

  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    // The wire's deadline, not a time of day that decides anything: hence not the injected clock.
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (status.ok()) return response;
    if (findings && findings->pin_mismatch) {
      return Failure(
          ExitCode::kNotTrusted,
          fmt::format("the server at {} has a TLS key that the CA's manifest does not name",
                      EscapeForTerminal(address)),
          "if the CA changed its TLS key, run: mayfly trust refresh; if that refuses too, somebody "
          "may be in between");
    }
    return FailureOf(status, address, way, RequestId(context));
  }

  const std::string address;
  const Way way;
  const absl::Duration timeout;
  const std::shared_ptr<HandshakeFindings> findings;
  v1::Trust::Stub trust;
  v1::Sessions::Stub sessions;
  v1::Certificates::Stub certificates;
  v1::Hosts::Stub hosts;
  v1::Operations::Stub operations;
  v1::Requests::Stub requests;
  v1::Users::Stub users;
};

CaClient::CaClient(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
CaClient::~CaClient() = default;

std::unique_ptr<CaClient> CaClient::Pinned(const std::string& address,
                                           const std::set<Sha256Digest>& pins,
                                           absl::Duration timeout,
                                           const ClientCertificateFiles& client) {
  auto findings = std::make_shared<HandshakeFindings>();
  auto channel = PinnedChannel(address, pins, findings, client);
  return std::unique_ptr<CaClient>(
      new CaClient(std::make_unique<Rep>(address, Way::kNetwork, channel, timeout, findings)));
}

std::unique_ptr<CaClient> CaClient::Unverified(const std::string& address, absl::Duration timeout) {
  return std::unique_ptr<CaClient>(new CaClient(
      std::make_unique<Rep>(address, Way::kNetwork, UnverifiedChannel(address), timeout, nullptr)));
}

std::unique_ptr<CaClient> CaClient::Local(const std::string& socket_path, absl::Duration timeout) {
  return std::unique_ptr<CaClient>(new CaClient(std::make_unique<Rep>(
      socket_path, Way::kLocalSocket, LocalChannel(socket_path), timeout, nullptr)));
}

const std::string& CaClient::address() const { return rep_->address; }

absl::StatusOr<v1::GetManifestResponse> CaClient::GetManifest() {
  return rep_->Call(rep_->trust, &v1::Trust::Stub::GetManifest, v1::GetManifestRequest());
}

absl::StatusOr<v1::GetPartResponse> CaClient::GetPart(BytesView sha256) {
  v1::GetPartRequest request;
  request.set_sha256(ToText(sha256));
  return rep_->Call(rep_->trust, &v1::Trust::Stub::GetPart, request);
}

absl::StatusOr<v1::GetHealthResponse> CaClient::GetHealth() {
  return rep_->Call(rep_->trust, &v1::Trust::Stub::GetHealth, v1::GetHealthRequest());
}

absl::StatusOr<v1::GetLoginMethodsResponse> CaClient::GetLoginMethods() {
  return rep_->Call(rep_->trust, &v1::Trust::Stub::GetLoginMethods, v1::GetLoginMethodsRequest());
}

absl::StatusOr<v1::StartSessionResponse> CaClient::StartSession(const v1::SignedCall& call) {
  return rep_->Call(rep_->sessions, &v1::Sessions::Stub::Start, call);
}
absl::StatusOr<v1::EndSessionResponse> CaClient::EndSession(const v1::SignedCall& call) {
  return rep_->Call(rep_->sessions, &v1::Sessions::Stub::End, call);
}
absl::StatusOr<v1::WhoAmIResponse> CaClient::WhoAmI(const v1::SignedCall& call) {
  return rep_->Call(rep_->sessions, &v1::Sessions::Stub::WhoAmI, call);
}
absl::StatusOr<v1::IssueUserResponse> CaClient::IssueUser(const v1::SignedCall& call) {
  return rep_->Call(rep_->certificates, &v1::Certificates::Stub::IssueUser, call);
}
absl::StatusOr<v1::ExplainUserResponse> CaClient::ExplainUser(const v1::SignedCall& call) {
  return rep_->Call(rep_->certificates, &v1::Certificates::Stub::ExplainUser, call);
}
absl::StatusOr<v1::ListCertificatesResponse> CaClient::ListCertificates(
    const v1::SignedCall& call) {
  return rep_->Call(rep_->certificates, &v1::Certificates::Stub::List, call);
}
absl::StatusOr<v1::GetCertificateResponse> CaClient::GetCertificate(const v1::SignedCall& call) {
  return rep_->Call(rep_->certificates, &v1::Certificates::Stub::Get, call);
}
absl::StatusOr<v1::GetDecisionResponse> CaClient::GetDecision(const v1::SignedCall& call) {
  return rep_->Call(rep_->certificates, &v1::Certificates::Stub::GetDecision, call);
}
absl::StatusOr<v1::CreateJoinTokenResponse> CaClient::CreateJoinToken(const v1::SignedCall& call) {
  return rep_->Call(rep_->operations, &v1::Operations::Stub::CreateJoinToken, call);
}
absl::StatusOr<v1::ApplyPolicyResponse> CaClient::ApplyPolicy(const v1::SignedCall& call) {
  return rep_->Call(rep_->operations, &v1::Operations::Stub::ApplyPolicy, call);
}
absl::StatusOr<v1::FiledRequest> CaClient::GetRequest(const v1::SignedCall& call) {
  return rep_->Call(rep_->requests, &v1::Requests::Stub::Get, call);
}
absl::StatusOr<v1::ListRequestsResponse> CaClient::ListRequests(const v1::SignedCall& call) {
  return rep_->Call(rep_->requests, &v1::Requests::Stub::List, call);
}
absl::StatusOr<v1::FiledRequest> CaClient::ApproveRequest(const v1::SignedCall& call) {
  return rep_->Call(rep_->requests, &v1::Requests::Stub::Approve, call);
}
absl::StatusOr<v1::FiledRequest> CaClient::CloseRequest(const v1::SignedCall& call) {
  return rep_->Call(rep_->requests, &v1::Requests::Stub::Close, call);
}
absl::StatusOr<v1::ListReviewsResponse> CaClient::ListReviews(const v1::SignedCall& call) {
  return rep_->Call(rep_->requests, &v1::Requests::Stub::ListReviews, call);
}
absl::StatusOr<v1::Review> CaClient::CloseReview(const v1::SignedCall& call) {
  return rep_->Call(rep_->requests, &v1::Requests::Stub::CloseReview, call);
}
absl::StatusOr<v1::ListRecordedResponse> CaClient::ListRecorded(const v1::SignedCall& call) {
  return rep_->Call(rep_->operations, &v1::Operations::Stub::ListRecorded, call);
}
absl::StatusOr<v1::AddUsersResponse> CaClient::AddUsers(const v1::SignedCall& call) {
  return rep_->Call(rep_->users, &v1::Users::Stub::Add, call);
}
absl::StatusOr<v1::RemoveUserResponse> CaClient::RemoveUser(const v1::SignedCall& call) {
  return rep_->Call(rep_->users, &v1::Users::Stub::Remove, call);
}
absl::StatusOr<v1::ListUsersResponse> CaClient::ListUsers(const v1::SignedCall& call) {
  return rep_->Call(rep_->users, &v1::Users::Stub::List, call);
}
absl::StatusOr<v1::ReleaseNameResponse> CaClient::ReleaseName(const v1::SignedCall& call) {
  return rep_->Call(rep_->users, &v1::Users::Stub::Release, call);
}
absl::StatusOr<v1::EnrollHostResponse> CaClient::EnrollHost(const v1::EnrollHostRequest& request) {
  return rep_->Call(rep_->hosts, &v1::Hosts::Stub::Enroll, request);
}
absl::StatusOr<v1::RenewHostResponse> CaClient::RenewHost(const v1::RenewHostRequest& request) {
  return rep_->Call(rep_->hosts, &v1::Hosts::Stub::Renew, request);
}

}  // namespace mayfly::client
