#include "client/rpc/rpc_failure.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxServerSentence = 1000;

// What the CA has escaped already is not escaped again: a backslash does a terminal no harm.
std::string WithSingleBackslashes(const std::string& escaped) {
  std::string text;
  for (size_t i = 0; i < escaped.size(); ++i) {
    text += escaped[i];
    if (escaped[i] == '\\' && i + 1 < escaped.size() && escaped[i + 1] == '\\') ++i;
  }
  return text;
}

// A policy error has three lines, the last with a caret. They stay lines, each indented so that
// none can pass for a line of ours.
std::string ServerSentence(const std::string& text) {
  if (text.empty()) return "the CA gave no reason";
  const std::string bounded = text.substr(0, kMaxServerSentence);
  std::string sentence;
  for (size_t begin = 0; begin <= bounded.size();) {
    const size_t end = std::min(bounded.find('\n', begin), bounded.size());
    if (begin > 0) sentence += "\n  ";
    sentence += WithSingleBackslashes(EscapeForTerminal(bounded.substr(begin, end - begin)));
    begin = end + 1;
  }
  return sentence;
}

ExitCode ExitCodeFor(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::PERMISSION_DENIED:
      return ExitCode::kDenied;
    case grpc::StatusCode::UNAUTHENTICATED:
      return ExitCode::kNotAuthenticated;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::ABORTED:
      return ExitCode::kUnavailable;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return ExitCode::kUsage;
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::FAILED_PRECONDITION:
      return ExitCode::kNo;
    default:
      return ExitCode::kInternal;
  }
}

bool IsTransport(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::DEADLINE_EXCEEDED ||
         code == grpc::StatusCode::CANCELLED;
}

// Whether the sentence was made by the gRPC library rather than by the CA, whose errors all carry a
// detail.
absl::Status TransportFailure(const grpc::Status& status, std::string_view address, Way way) {
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return Failure(ExitCode::kUnavailable,
                   fmt::format("the CA at {} did not answer in time", EscapeForTerminal(address)),
                   way == Way::kLocalSocket
                       ? "look at mayflyd's log, or give it longer with --timeout"
                       : "check the network, or give it longer with --timeout");
  }
  if (status.error_code() == grpc::StatusCode::CANCELLED) {
    // We cancel nothing, so it was the CA, which does so with what reaches it while it ends.
    return Failure(ExitCode::kUnavailable,
                   fmt::format("the CA at {} ended before it answered", EscapeForTerminal(address)),
                   "it may be restarting: try again; certificates you hold keep working");
  }
  return Failure(
      ExitCode::kUnavailable,
      fmt::format("cannot reach the CA at {}: {}", EscapeForTerminal(address),
                  ServerSentence(status.error_message())),
      way == Way::kLocalSocket
          ? "run it where mayflyd runs, as root or as mayflyd's own user; --socket or "
            "MAYFLY_SOCKET names another socket"
          : "check the address with: mayfly trust list; certificates you hold keep working");
}

}  // namespace

absl::Status FailureOf(const grpc::Status& status, std::string_view address, Way way,
                       std::string_view request_id) {
  if (status.ok()) return absl::OkStatus();
  v1::ErrorDetail detail;
  const bool has_detail =
      !status.error_details().empty() && detail.ParseFromString(status.error_details());
  if (!has_detail && IsTransport(status.error_code())) {
    return TransportFailure(status, address, way);
  }
  if (detail.request_id().empty()) detail.set_request_id(std::string(request_id));
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    const absl::Status unknown = Unimplemented(
        fmt::format("the server at {} does not know this call", EscapeForTerminal(address)));
    return WithDetail(WithHint(WithExitCode(unknown, ExitCode::kUnavailable),
                               "it is older than this mayfly, or not a mayflyd"),
                      detail);
  }
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  return WithDetail(WithExitCode(MakeStatus(code, ServerSentence(status.error_message())),
                                 ExitCodeFor(status.error_code())),
                    detail);
}

}  // namespace mayfly::client
