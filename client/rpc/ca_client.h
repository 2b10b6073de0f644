// The CA's API, one method an RPC.
#ifndef MAYFLY_CLIENT_RPC_CA_CLIENT_H_
#define MAYFLY_CLIENT_RPC_CA_CLIENT_H_

#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "client/rpc/client_certificate.h"
#include "mayfly/v1/services.pb.h"

namespace mayfly::client {

// A connection to one CA; nothing is sent before the first call. Thread-safe. Every call blocks, at
// most for `timeout`. A failure has an exit code, and where the CA answered its ErrorDetail
// (client/failure.h). A server with another TLS key is kNotTrusted.
class CaClient {
 public:
  // `address` is host:port. With `client`, the connection shows that certificate.
  static std::unique_ptr<CaClient> Pinned(const std::string& address,
                                          const std::set<Sha256Digest>& pins,
                                          absl::Duration timeout,
                                          const ClientCertificateFiles& client = {});
  // Whoever answers: for GetManifest and GetPart only, whose answers are verified by themselves.
  static std::unique_ptr<CaClient> Unverified(const std::string& address, absl::Duration timeout);
  static std::unique_ptr<CaClient> Local(const std::string& socket_path, absl::Duration timeout);
  ~CaClient();

  const std::string& address() const;

  absl::StatusOr<v1::GetManifestResponse> GetManifest();
  absl::StatusOr<v1::GetPartResponse> GetPart(BytesView sha256);
  absl::StatusOr<v1::GetHealthResponse> GetHealth();
  absl::StatusOr<v1::GetLoginMethodsResponse> GetLoginMethods();

  absl::StatusOr<v1::StartSessionResponse> StartSession(const v1::SignedCall& call);
  absl::StatusOr<v1::EndSessionResponse> EndSession(const v1::SignedCall& call);
  absl::StatusOr<v1::WhoAmIResponse> WhoAmI(const v1::SignedCall& call);
  absl::StatusOr<v1::IssueUserResponse> IssueUser(const v1::SignedCall& call);
  absl::StatusOr<v1::ExplainUserResponse> ExplainUser(const v1::SignedCall& call);
  absl::StatusOr<v1::ListCertificatesResponse> ListCertificates(const v1::SignedCall& call);
  absl::StatusOr<v1::GetCertificateResponse> GetCertificate(const v1::SignedCall& call);
  absl::StatusOr<v1::GetDecisionResponse> GetDecision(const v1::SignedCall& call);
  absl::StatusOr<v1::CreateJoinTokenResponse> CreateJoinToken(const v1::SignedCall& call);
  absl::StatusOr<v1::ApplyPolicyResponse> ApplyPolicy(const v1::SignedCall& call);
  absl::StatusOr<v1::FiledRequest> GetRequest(const v1::SignedCall& call);
  absl::StatusOr<v1::ListRequestsResponse> ListRequests(const v1::SignedCall& call);
  absl::StatusOr<v1::FiledRequest> ApproveRequest(const v1::SignedCall& call);
  absl::StatusOr<v1::FiledRequest> CloseRequest(const v1::SignedCall& call);
  absl::StatusOr<v1::ListReviewsResponse> ListReviews(const v1::SignedCall& call);
  absl::StatusOr<v1::Review> CloseReview(const v1::SignedCall& call);
  absl::StatusOr<v1::ListRecordedResponse> ListRecorded(const v1::SignedCall& call);
  absl::StatusOr<v1::AddUsersResponse> AddUsers(const v1::SignedCall& call);
  absl::StatusOr<v1::RemoveUserResponse> RemoveUser(const v1::SignedCall& call);
  absl::StatusOr<v1::ListUsersResponse> ListUsers(const v1::SignedCall& call);
  absl::StatusOr<v1::ReleaseNameResponse> ReleaseName(const v1::SignedCall& call);
  absl::StatusOr<v1::EnrollHostResponse> EnrollHost(const v1::EnrollHostRequest& request);
  absl::StatusOr<v1::RenewHostResponse> RenewHost(const v1::RenewHostRequest& request);

 private:
  struct Rep;
  explicit CaClient(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_RPC_CA_CLIENT_H_
