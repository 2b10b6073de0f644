// How an engineer stands: status, whoami, why.
#ifndef MAYFLY_CLIENT_LOGIN_STANDING_H_
#define MAYFLY_CLIENT_LOGIN_STANDING_H_

#include <string>

#include "client/context.h"
#include "client/exit_code.h"
#include "client/login/ask.h"

namespace mayfly::client {

// Each prints its result or its failure and returns the exit code.

// Session and certificates, from this machine alone; kNo when no certificate is valid.
ExitCode Status(const Context& context);
ExitCode WhoAmI(const Context& context);
// The decision recorded under `request_id`, or when it is empty the one that `ask` would get now;
// kNo when it is a refusal.
ExitCode Why(const Context& context, const std::string& request_id, const AskOptions& ask);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_STANDING_H_
