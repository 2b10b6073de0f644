#ifndef MAYFLY_CLIENT_LOGIN_DESTINATIONS_H_
#define MAYFLY_CLIENT_LOGIN_DESTINATIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ssh/agent_constraints.h"
#include "ssh/public_key.h"

namespace mayfly::client {

// What --only-to says, as steps that an agent permits: "[USER@]HOST" from the agent's machine, or
// "HOST>[USER@]HOST" onwards from a host to which the agent was forwarded (and which needs a step
// of its own). Hosts are known by their certificates: HOST is a name in them, exactly. kUsage names
// the mistake, kNotTrusted when the CA certifies no hosts.
absl::StatusOr<std::vector<ssh::AgentDestination>> ParseDestinations(
    const std::vector<std::string>& texts, const std::vector<ssh::PublicKey>& host_cas);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_DESTINATIONS_H_
