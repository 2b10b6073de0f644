// The two faces of an error: the log gets everything, the client a code, a stable sentence and the
// request id. This file alone knows both.
#ifndef MAYFLY_CA_SERVER_RPC_STATUS_H_
#define MAYFLY_CA_SERVER_RPC_STATUS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ca/model/decision.h"
#include "grpcpp/support/status.h"

namespace mayfly::server {

// What a handler answers when it does not answer with its response.
struct Failure {
  // For errors, and for refusals that are not policy's (an unknown serial, a bad parameter).
  absl::Status status;
  std::optional<model::Denied> denied;  // When policy refused.
  std::string hint;                     // What to do next; may be empty.

  Failure(absl::Status s) : status(std::move(s)) {}  // NOLINT(google-explicit-constructor)
  Failure(model::Denied d)                           // NOLINT(google-explicit-constructor)
      : status(absl::PermissionDeniedError(d.message)), denied(std::move(d)) {}
  Failure(absl::Status s, std::string h) : status(std::move(s)), hint(std::move(h)) {}
};

// For identified callers.
grpc::Status ToRpcStatus(const Failure& failure, const std::string& request_id);

// For everybody else: one answer for all causes, but for who shows a genuine token that does not do
// (authn::Tell). `server_time` is set for a stale call.
grpc::Status StrangerStatus(const std::string& request_id, std::optional<absl::Time> server_time,
                            const std::string& sentence = {});

// No room, or beyond a rate: nothing was done, and the call may be made again after `retry_after`.
grpc::Status OverloadedStatus(const std::string& sentence, absl::Duration retry_after,
                              const std::string& request_id);

// Issuance is stopped. Why is for operators: health says it on the local socket.
grpc::Status StoppedStatus(const std::string& request_id);

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_RPC_STATUS_H_
