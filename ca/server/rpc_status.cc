#include "ca/server/rpc_status.h"

#include "base/status.h"
#include "base/text.h"
#include "ca/recorded/parts_codec.h"
#include "ca/server/proto_codec.h"
#include "fmt/format.h"
#include "mayfly/v1/errors.pb.h"

namespace mayfly::server {
namespace {

constexpr char kNotAuthenticated[] = "not authenticated";
constexpr char kCannotRecord[] =
    "the CA cannot record what it does right now, so it does nothing; try again later";
constexpr char kInternalError[] = "internal error; the CA's log has the cause under the request id";
constexpr char kStopped[] =
    "the CA issues nothing right now; what it issued keeps working, and so does what reads or ends";
constexpr char kStoppedHint[] =
    "an operator finds the reason on the CA's machine: mayfly health --local";

grpc::Status Make(grpc::StatusCode code, const std::string& sentence, v1::ErrorDetail detail,
                  const std::string& request_id) {
  detail.set_request_id(request_id);
  return grpc::Status(code, sentence, detail.SerializeAsString());
}

// What the client may read of an error: our own sentences about its request, never about our
// machine.
std::string Outward(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnauthenticated:
      return Message(status);
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDataLoss:
      return kCannotRecord;
    default:
      return kInternalError;
  }
}

grpc::StatusCode OutwardCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDataLoss:
      return grpc::StatusCode::UNAVAILABLE;  // Nothing happened: the call may be made again.
    default:
      return static_cast<grpc::StatusCode>(code);  // The same numbers by design.
  }
}

}  // namespace

grpc::Status ToRpcStatus(const Failure& failure, const std::string& request_id) {
  v1::ErrorDetail detail;
  detail.set_hint(failure.hint);
  if (failure.denied) {
    detail.set_rule(failure.denied->rule);
    detail.set_needs_fresh_login(failure.denied->needs_fresh_login);
    recorded::PutTrace(failure.denied->trace, *detail.mutable_trace());
  }
  return Make(OutwardCode(failure.status.code()), Outward(failure.status), std::move(detail),
              request_id);
}

grpc::Status StrangerStatus(const std::string& request_id, std::optional<absl::Time> server_time,
                            const std::string& sentence) {
  v1::ErrorDetail detail;
  if (server_time) *detail.mutable_server_time() = ToProto(*server_time);
  return Make(grpc::StatusCode::UNAUTHENTICATED, sentence.empty() ? kNotAuthenticated : sentence,
              std::move(detail), request_id);
}

grpc::Status OverloadedStatus(const std::string& sentence, absl::Duration retry_after,
                              const std::string& request_id) {
  const int64_t seconds = absl::ToInt64Seconds(retry_after);
  v1::ErrorDetail detail;
  detail.set_hint(fmt::format("try again in {} second{}", seconds, seconds == 1 ? "" : "s"));
  detail.mutable_retry_after()->set_seconds(seconds);
  return Make(grpc::StatusCode::RESOURCE_EXHAUSTED, sentence, std::move(detail), request_id);
}

grpc::Status StoppedStatus(const std::string& request_id) {
  v1::ErrorDetail detail;
  detail.set_hint(kStoppedHint);
  return Make(grpc::StatusCode::UNAVAILABLE, kStopped, std::move(detail), request_id);
}

}  // namespace mayfly::server
