// Sessions that tokens start: a workload's, or those of a sign-in at an identity provider.
#ifndef MAYFLY_CLIENT_LOGIN_TOKEN_SESSION_H_
#define MAYFLY_CLIENT_LOGIN_TOKEN_SESSION_H_

#include <optional>

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/login/caller.h"
#include "client/login/login.h"
#include "client/login/session_store.h"

namespace mayfly::client {

// False for a workload that has no runtime folder: its session lasts as long as the command.
bool KeepsSessions(const Context& context);

// Starts a session by a token: a workload's where there is one, else one that a remembered sign-in
// renews, else an identity provider's. Saves it where sessions are kept, and says so. nullopt when
// the CA takes no tokens.
absl::StatusOr<std::optional<StoredSession>> StartByToken(const Context& context, Caller& caller,
                                                          const LoginOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_TOKEN_SESSION_H_
