#include "client/operator/health.h"

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/text.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/login/chosen_ca.h"
#include "client/rpc/ca_client.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

absl::StatusOr<std::unique_ptr<CaClient>> Connect(const Context& context) {
  if (context.local) return CaClient::Local(context.socket_path, context.timeout);
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa ca, ChosenCa(context));
  return CaClient::Pinned(ca.record.address, ca.pins, context.timeout);
}

void PrintMetrics(const Context& context, const v1::GetHealthResponse& health) {
  context.out << fmt::format("# TYPE mayfly_healthy gauge\nmayfly_healthy {}\n",
                             health.healthy() ? 1 : 0);
  for (const v1::HealthMetric& metric : health.metrics()) {
    const std::string name = EscapeForTerminal(metric.name());
    context.out << fmt::format("# TYPE {} {}\n{} {}\n", name,
                               metric.is_counter() ? "counter" : "gauge", name, metric.value());
  }
}

nlohmann::ordered_json HealthJson(const v1::GetHealthResponse& health) {
  nlohmann::ordered_json json = {{"healthy", health.healthy()},
                                 {"problems", nlohmann::ordered_json::array()},
                                 {"metrics", nlohmann::ordered_json::object()}};
  for (const v1::HealthProblem& problem : health.problems()) {
    json["problems"].push_back({{"component", problem.component()}, {"detail", problem.detail()}});
  }
  for (const v1::HealthMetric& metric : health.metrics()) {
    json["metrics"][metric.name()] = std::to_string(metric.value());
  }
  return json;
}

void PrintText(const Context& context, const v1::GetHealthResponse& health) {
  if (health.healthy()) {
    context.out << "healthy\n";
    return;
  }
  bool without_detail = false;
  for (const v1::HealthProblem& problem : health.problems()) {
    const std::string component = EscapeForTerminal(problem.component());
    without_detail |= problem.detail().empty();
    context.out << (problem.detail().empty()
                        ? component + "\n"
                        : fmt::format("{}: {}\n", component, EscapeForTerminal(problem.detail())));
  }
  if (without_detail) {
    context.Hint(
        "what is wrong, and what to do, is told on the CA's machine: mayfly health --local");
  }
}

absl::StatusOr<bool> Run(const Context& context, const HealthOptions& options) {
  if (options.metrics && !context.local) {
    return Failure(ExitCode::kUsage, "metrics are told on the CA's machine only",
                   "run there: mayfly health --local --metrics");
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::unique_ptr<CaClient> client, Connect(context));
  MAYFLY_ASSIGN_OR_RETURN(const v1::GetHealthResponse health, client->GetHealth());
  if (options.metrics) {
    PrintMetrics(context, health);
  } else if (context.json) {
    PrintJson(context, HealthJson(health));
  } else {
    PrintText(context, health);
  }
  return health.healthy();
}

}  // namespace

ExitCode ShowHealth(const Context& context, const HealthOptions& options) {
  const absl::StatusOr<bool> healthy = Run(context, options);
  if (!healthy.ok()) return context.Report(healthy.status());
  return *healthy ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace mayfly::client
