// `mayfly login --dry-run`: who the CA takes the caller for, and what a login would get.
#ifndef MAYFLY_CLIENT_LOGIN_DRY_LOGIN_H_
#define MAYFLY_CLIENT_LOGIN_DRY_LOGIN_H_

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/exit_code.h"
#include "client/login/login.h"

namespace mayfly::client {

// Prints both; starts no session and has nothing issued. kNo when nothing would be granted.
absl::StatusOr<ExitCode> DryLogin(const Context& context, const LoginOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_DRY_LOGIN_H_
