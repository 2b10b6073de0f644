// `mayfly request` and `mayfly review`: approving what others ask, and looking at what they did.
#ifndef MAYFLY_CLIENT_REQUEST_REQUEST_COMMANDS_H_
#define MAYFLY_CLIENT_REQUEST_REQUEST_COMMANDS_H_

#include <cstdint>
#include <string>

#include "client/context.h"
#include "client/exit_code.h"

namespace mayfly::client {

struct RequestListOptions {
  bool all = false;
  uint32_t limit = 100;
};
struct RequestOptions {
  uint64_t number = 0;
  std::string word;      // Why it is denied, cancelled or closed.
  std::string identity;  // Approve by this enrolled security key instead of the session.
};

// Each prints its result or its failure and returns the exit code.
ExitCode ListRequests(const Context& context, const RequestListOptions& options);
ExitCode ShowRequest(const Context& context, const RequestOptions& options);
// Shows what is approved, and signs the digest of exactly that.
ExitCode ApproveRequest(const Context& context, const RequestOptions& options);
ExitCode DenyRequest(const Context& context, const RequestOptions& options);
ExitCode CancelRequest(const Context& context, const RequestOptions& options);
ExitCode WaitForRequest(const Context& context, const RequestOptions& options);
ExitCode ListReviews(const Context& context, const RequestListOptions& options);
ExitCode CloseReview(const Context& context, const RequestOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_REQUEST_REQUEST_COMMANDS_H_
