#ifndef MAYFLY_CLIENT_OPERATOR_HEALTH_H_
#define MAYFLY_CLIENT_OPERATOR_HEALTH_H_

#include "client/context.h"
#include "client/exit_code.h"

namespace mayfly::client {

struct HealthOptions {
  bool metrics = false;  // Print them as Prometheus reads them, and nothing else.
};

// Whether the CA can do its work: kOk when it can, kNo when something is wrong. What exactly, and
// the metrics, are told through the local socket only.
ExitCode ShowHealth(const Context& context, const HealthOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_OPERATOR_HEALTH_H_
