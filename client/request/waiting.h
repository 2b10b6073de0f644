// Requests that wait for approval, as people read them.
#ifndef MAYFLY_CLIENT_REQUEST_WAITING_H_
#define MAYFLY_CLIENT_REQUEST_WAITING_H_

#include <string>

#include "absl/status/status.h"
#include "client/context.h"
#include "client/login/caller.h"

namespace mayfly::client {

// "request 17 waits for 1 of groups [sre-leads], until 2026-…"
std::string WaitingText(const v1::FiledRequest& filed);

// Asks every few seconds until the request is approved, telling on stderr what changes.
//   kDenied  it was denied, cancelled or has expired; with the word of whoever closed it
absl::Status AwaitApproval(const Context& context, Caller& caller, v1::FiledRequest filed);

// Asks once; otherwise as AwaitApproval, and
//   kNo  it waits; says for whom
absl::Status CheckApproval(const Context& context, Caller& caller, uint64_t number);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_REQUEST_WAITING_H_
