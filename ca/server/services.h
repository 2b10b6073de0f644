// The gRPC services: thin translations between messages and the components.
#ifndef MAYFLY_CA_SERVER_SERVICES_H_
#define MAYFLY_CA_SERVER_SERVICES_H_

#include <sys/types.h>

#include <optional>

#include "ca/server/server_core.h"
#include "mayfly/v1/services.grpc.pb.h"

namespace mayfly::server {

// Each takes its calls from one listener: `local_peer` is the uid behind the local socket, or
// nullopt on TCP. Thread-safe; `core` outlives them.

class TrustService final : public v1::Trust::CallbackService {
 public:
  TrustService(ServerCore& core, std::optional<uid_t> local_peer)
      : core_(core), local_peer_(local_peer) {}
  grpc::ServerUnaryReactor* GetManifest(grpc::CallbackServerContext* context,
                                        const v1::GetManifestRequest* request,
                                        v1::GetManifestResponse* response) override;
  grpc::ServerUnaryReactor* GetPart(grpc::CallbackServerContext* context,
                                    const v1::GetPartRequest* request,
                                    v1::GetPartResponse* response) override;
  grpc::ServerUnaryReactor* GetHealth(grpc::CallbackServerContext* context,
                                      const v1::GetHealthRequest* request,
                                      v1::GetHealthResponse* response) override;
  grpc::ServerUnaryReactor* GetLoginMethods(grpc::CallbackServerContext* context,
                                            const v1::GetLoginMethodsRequest* request,
                                            v1::GetLoginMethodsResponse* response) override;

 private:
  ServerCore& core_;
  const std::optional<uid_t> local_peer_;
};

class SessionsService final : public v1::Sessions::CallbackService {
 public:
  SessionsService(ServerCore& core, std::optional<uid_t> local_peer)
      : core_(core), local_peer_(local_peer) {}
  grpc::ServerUnaryReactor* Start(grpc::CallbackServerContext* context,
                                  const v1::SignedCall* request,
                                  v1::StartSessionResponse* response) override;
  grpc::ServerUnaryReactor* End(grpc::CallbackServerContext* context, const v1::SignedCall* request,
                                v1::EndSessionResponse* response) override;
  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* context,
                                   const v1::SignedCall* request,
                                   v1::WhoAmIResponse* response) override;

 private:
  ServerCore& core_;
  const std::optional<uid_t> local_peer_;
};

class CertificatesService final : public v1::Certificates::CallbackService {
 public:
  CertificatesService(ServerCore& core, std::optional<uid_t> local_peer)
      : core_(core), local_peer_(local_peer) {}
  grpc::ServerUnaryReactor* IssueUser(grpc::CallbackServerContext* context,
                                      const v1::SignedCall* request,
                                      v1::IssueUserResponse* response) override;
  grpc::ServerUnaryReactor* ExplainUser(grpc::CallbackServerContext* context,
                                        const v1::SignedCall* request,
                                        v1::ExplainUserResponse* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::SignedCall* request,
                                 v1::ListCertificatesResponse* response) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::SignedCall* request,
                                v1::GetCertificateResponse* response) override;
  grpc::ServerUnaryReactor* GetDecision(grpc::CallbackServerContext* context,
                                        const v1::SignedCall* request,
                                        v1::GetDecisionResponse* response) override;

 private:
  ServerCore& core_;
  const std::optional<uid_t> local_peer_;
};

class HostsService final : public v1::Hosts::CallbackService {
 public:
  HostsService(ServerCore& core, std::optional<uid_t> local_peer)
      : core_(core), local_peer_(local_peer) {}
  grpc::ServerUnaryReactor* Enroll(grpc::CallbackServerContext* context,
                                   const v1::EnrollHostRequest* request,
                                   v1::EnrollHostResponse* response) override;
  grpc::ServerUnaryReactor* Renew(grpc::CallbackServerContext* context,
                                  const v1::RenewHostRequest* request,
                                  v1::RenewHostResponse* response) override;

 private:
  ServerCore& core_;
  const std::optional<uid_t> local_peer_;
};

class OperationsService final : public v1::Operations::CallbackService {
 public:
  OperationsService(ServerCore& core, std::optional<uid_t> local_peer)
      : core_(core), local_peer_(local_peer) {}
  grpc::ServerUnaryReactor* CreateJoinToken(grpc::CallbackServerContext* context,
                                            const v1::SignedCall* request,
                                            v1::CreateJoinTokenResponse* response) override;
  grpc::ServerUnaryReactor* ApplyPolicy(grpc::CallbackServerContext* context,
                                        const v1::SignedCall* request,
                                        v1::ApplyPolicyResponse* response) override;
  grpc::ServerUnaryReactor* ListRecorded(grpc::CallbackServerContext* context,
                                         const v1::SignedCall* request,
                                         v1::ListRecordedResponse* response) override;

 private:
  ServerCore& core_;
  const std::optional<uid_t> local_peer_;
};

class RequestsService final : public v1::Requests::CallbackService {
 public:
  RequestsService(ServerCore& core, std::optional<uid_t> local_peer)
      : core_(core), local_peer_(local_peer) {}
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::SignedCall* request,
                                v1::FiledRequest* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::SignedCall* request,
                                 v1::ListRequestsResponse* response) override;
  grpc::ServerUnaryReactor* Approve(grpc::CallbackServerContext* context,
                                    const v1::SignedCall* request,
                                    v1::FiledRequest* response) override;
  grpc::ServerUnaryReactor* Close(grpc::CallbackServerContext* context,
                                  const v1::SignedCall* request,
                                  v1::FiledRequest* response) override;
  grpc::ServerUnaryReactor* ListReviews(grpc::CallbackServerContext* context,
                                        const v1::SignedCall* request,
                                        v1::ListReviewsResponse* response) override;
  grpc::ServerUnaryReactor* CloseReview(grpc::CallbackServerContext* context,
                                        const v1::SignedCall* request,
                                        v1::Review* response) override;

 private:
  ServerCore& core_;
  const std::optional<uid_t> local_peer_;
};

class UsersService final : public v1::Users::CallbackService {
 public:
  UsersService(ServerCore& core, std::optional<uid_t> local_peer)
      : core_(core), local_peer_(local_peer) {}
  grpc::ServerUnaryReactor* Add(grpc::CallbackServerContext* context, const v1::SignedCall* request,
                                v1::AddUsersResponse* response) override;
  grpc::ServerUnaryReactor* Remove(grpc::CallbackServerContext* context,
                                   const v1::SignedCall* request,
                                   v1::RemoveUserResponse* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::SignedCall* request,
                                 v1::ListUsersResponse* response) override;
  grpc::ServerUnaryReactor* Release(grpc::CallbackServerContext* context,
                                    const v1::SignedCall* request,
                                    v1::ReleaseNameResponse* response) override;

 private:
  ServerCore& core_;
  const std::optional<uid_t> local_peer_;
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_SERVICES_H_
