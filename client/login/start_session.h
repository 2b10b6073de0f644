// How a login proves who is asking, and the session that comes of it.
#ifndef MAYFLY_CLIENT_LOGIN_START_SESSION_H_
#define MAYFLY_CLIENT_LOGIN_START_SESSION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/login/caller.h"
#include "client/login/identity_keys.h"
#include "client/login/login.h"
#include "client/login/session_store.h"

namespace mayfly::client {

// kUsage when the options contradict each other about how to prove who one is; the errors of
// CheckClientCertificate.
absl::Status CheckProof(const LoginOptions& options);

// The keys that a login tries, in that order. kNotAuthenticated when there are none.
absl::StatusOr<std::vector<IdentityKey>> IdentitiesToTry(const Context& context,
                                                         const LoginOptions& options);
std::string NoKeyKnown(size_t tried);  // The hint when the CA took none of them.

// Logs in by what the options say: a client certificate, a key, a token, or whatever will do.
absl::StatusOr<StoredSession> StartSession(const Context& context, Caller& caller,
                                           const LoginOptions& options);

// Has `caller` speak by the stored session, or logs in.
absl::Status Authenticate(const Context& context, Caller& caller, const LoginOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_START_SESSION_H_
