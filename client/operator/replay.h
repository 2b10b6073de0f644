// What the CA's ledger tells about policies: earlier requests decided again, and who there is.
#ifndef MAYFLY_CLIENT_OPERATOR_REPLAY_H_
#define MAYFLY_CLIENT_OPERATOR_REPLAY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ca/model/identity.h"
#include "client/context.h"
#include "client/exit_code.h"

namespace mayfly::client {

struct ReplayOptions {
  std::string folder;         // The new policies.
  std::string since = "30d";  // How far back.
};
// Through the CA, which asks for the permission read-decisions: the state directory is mayflyd's
// alone, and an operator reviews policies where the policies are, not on the CA's machine.
// kNo when some request would get another answer.
ExitCode ReplayDecisions(const Context& context, const ReplayOptions& options);

// The identities that asked for something or logged in since then, each once.
absl::StatusOr<std::vector<model::Identity>> RecordedIdentities(const Context& context,
                                                                const std::string& since);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_OPERATOR_REPLAY_H_
