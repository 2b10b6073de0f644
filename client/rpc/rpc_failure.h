// gRPC's statuses as sentences with an exit code.
#ifndef MAYFLY_CLIENT_RPC_RPC_FAILURE_H_
#define MAYFLY_CLIENT_RPC_RPC_FAILURE_H_

#include <grpcpp/support/status.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace mayfly::client {

// How a CA is called: what to do next when it does not answer depends on it.
enum class Way { kNetwork, kLocalSocket };

// `address` is whom we called, `way` how; `request_id` is the answer's metadata, used where the
// detail that came with the status has none. What a server wrote is untrusted: it is escaped and
// cut here.
absl::Status FailureOf(const grpc::Status& status, std::string_view address, Way way,
                       std::string_view request_id);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_RPC_RPC_FAILURE_H_
