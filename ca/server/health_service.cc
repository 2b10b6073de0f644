#include "ca/server/health_service.h"

#include "base/status.h"

namespace mayfly::server {
namespace {

constexpr std::string_view kIssuing = "/mayfly.v1.Certificates/IssueUser";

}  // namespace

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const grpc::health::v1::HealthCheckRequest* request,
                                               grpc::health::v1::HealthCheckResponse* response) {
  return core_.Take(
      context, "/grpc.health.v1.Health/Check",
      [this, request, response](const std::string& request_id) -> std::optional<grpc::Status> {
        if (!request->service().empty()) {
          return ToRpcStatus(
              Failure(NotFound("no such service; an empty name is the whole server")), request_id);
        }
        response->set_status(core_.gate().Stops(kIssuing)
                                 ? grpc::health::v1::HealthCheckResponse::NOT_SERVING
                                 : grpc::health::v1::HealthCheckResponse::SERVING);
        return std::nullopt;
      });
}

}  // namespace mayfly::server
