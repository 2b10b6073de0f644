// One question to ssh-agent and its answer, over a connected socket.
#ifndef MAYFLY_SSH_AGENT_EXCHANGE_H_
#define MAYFLY_SSH_AGENT_EXCHANGE_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"

namespace mayfly::ssh {

// Sends `request` with its length over the non-blocking socket `fd` and returns the message that
// comes back: 1 to kMaxAgentMessage bytes, allocated as they arrive. Raises no SIGPIPE. After an
// error the two sides no longer agree on where they are: close the socket.
//   kDeadlineExceeded  not all of it happened within `timeout`
//   kUnavailable       the agent closed the connection
//   kInvalidArgument   the announced length is 0 or too large
absl::StatusOr<Bytes> ExchangeWithAgent(int fd, BytesView request, absl::Duration timeout);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_AGENT_EXCHANGE_H_
