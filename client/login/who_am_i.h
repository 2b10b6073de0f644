// How the CA sees the caller.
#ifndef MAYFLY_CLIENT_LOGIN_WHO_AM_I_H_
#define MAYFLY_CLIENT_LOGIN_WHO_AM_I_H_

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/login/caller.h"
#include "mayfly/v1/services.pb.h"
#include "nlohmann/json_fwd.hpp"

namespace mayfly::client {

absl::StatusOr<v1::WhoAmIResponse> AskWhoAmI(Caller& caller);
nlohmann::ordered_json WhoAmIJson(const v1::WhoAmIResponse& who);
void PrintWhoAmI(const Context& context, const v1::WhoAmIResponse& who);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_WHO_AM_I_H_
