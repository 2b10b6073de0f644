#include "base/status.h"
#include "ca/server/services.h"

namespace mayfly::server {

grpc::ServerUnaryReactor* TrustService::GetManifest(grpc::CallbackServerContext* context,
                                                    const v1::GetManifestRequest*,
                                                    v1::GetManifestResponse* response) {
  return core_.Take(context, "/mayfly.v1.Trust/GetManifest",
                    [this, response](const std::string&) -> std::optional<grpc::Status> {
                      const std::shared_ptr<const PublishedBundle> bundle = core_.seams().bundle();
                      response->set_manifest(ToText(bundle->manifest));
                      response->set_signature(ToText(bundle->signature));
                      return std::nullopt;
                    });
}

grpc::ServerUnaryReactor* TrustService::GetPart(grpc::CallbackServerContext* context,
                                                const v1::GetPartRequest* request,
                                                v1::GetPartResponse* response) {
  return core_.Take(
      context, "/mayfly.v1.Trust/GetPart",
      [this, request, response](const std::string& request_id) -> std::optional<grpc::Status> {
        const std::shared_ptr<const PublishedBundle> bundle = core_.seams().bundle();
        const auto part = bundle->parts.find(ToBytes(request->sha256()));
        if (part == bundle->parts.end()) {
          return ToRpcStatus(
              Failure(NotFound("no such part in the bundle in force"), "fetch the manifest again"),
              request_id);
        }
        response->set_contents(ToText(part->second));
        return std::nullopt;
      });
}

grpc::ServerUnaryReactor* TrustService::GetHealth(grpc::CallbackServerContext* context,
                                                  const v1::GetHealthRequest*,
                                                  v1::GetHealthResponse* response) {
  return core_.Take(context, "/mayfly.v1.Trust/GetHealth",
                    [this, response](const std::string&) -> std::optional<grpc::Status> {
                      const std::map<std::string, std::string> problems = core_.health().Problems();
                      response->set_healthy(problems.empty());
                      for (const auto& [component, detail] : problems) {
                        v1::HealthProblem* problem = response->add_problems();
                        problem->set_component(component);
                        if (local_peer_) problem->set_detail(detail);
                      }
                      if (!local_peer_) return std::nullopt;
                      for (const Metric& metric : core_.metrics().Read()) {
                        v1::HealthMetric* added = response->add_metrics();
                        added->set_name(metric.name);
                        added->set_is_counter(metric.is_counter);
                        added->set_value(metric.value);
                      }
                      return std::nullopt;
                    });
}

grpc::ServerUnaryReactor* TrustService::GetLoginMethods(grpc::CallbackServerContext* context,
                                                        const v1::GetLoginMethodsRequest*,
                                                        v1::GetLoginMethodsResponse* response) {
  return core_.Take(context, "/mayfly.v1.Trust/GetLoginMethods",
                    [this, response](const std::string&) -> std::optional<grpc::Status> {
                      for (const LoginMethod& from : core_.options().login_methods) {
                        v1::LoginMethod* to = response->add_methods();
                        to->set_authenticator(from.authenticator);
                        to->set_kind(from.kind);
                        to->set_issuer(from.issuer);
                        to->set_client_id(from.client_id);
                        to->set_client_secret(from.client_secret);
                        to->mutable_scopes()->Add(from.scopes.begin(), from.scopes.end());
                        to->set_browser_flow(from.browser_flow);
                        to->set_device_flow(from.device_flow);
                        to->set_userinfo(from.userinfo);
                        to->set_roots_pem(from.roots_pem);
                        to->mutable_audiences()->Add(from.audiences.begin(), from.audiences.end());
                      }
                      return std::nullopt;
                    });
}

}  // namespace mayfly::server
