// grpc.health.v1, for load balancers: whether the daemon issues, in one word.
#ifndef MAYFLY_CA_SERVER_HEALTH_SERVICE_H_
#define MAYFLY_CA_SERVER_HEALTH_SERVICE_H_

#include "ca/server/server_core.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace mayfly::server {

// In place of gRPC's own, whose calls pass none of our bounds and whose Watch keeps a stream for
// each who asks: here Watch is not served, and Check is admitted like every other call. NOT_SERVING
// while nothing is issued; what is wrong and stops nobody is for `mayfly health`. Thread-safe;
// `core` outlives it.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  explicit HealthService(ServerCore& core) : core_(core) {}
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;

 private:
  ServerCore& core_;
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_HEALTH_SERVICE_H_
