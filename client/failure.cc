#include "client/failure.h"

#include <charconv>

#include "base/status.h"
#include "base/text.h"

namespace mayfly::client {
namespace {

constexpr char kHint[] = "mayfly/hint";
constexpr char kExitCode[] = "mayfly/exit-code";
constexpr char kDetail[] = "mayfly/error-detail";

std::optional<std::string> Payload(const absl::Status& status, const char* type) {
  const auto payload = status.GetPayload(type);
  if (!payload) return std::nullopt;
  return std::string(*payload);
}

absl::StatusCode CodeFor(ExitCode code) {
  switch (code) {
    case ExitCode::kUsage:
      return absl::StatusCode::kInvalidArgument;
    case ExitCode::kNo:
      return absl::StatusCode::kNotFound;
    case ExitCode::kDenied:
      return absl::StatusCode::kPermissionDenied;
    case ExitCode::kNotAuthenticated:
    case ExitCode::kNotTrusted:
      return absl::StatusCode::kUnauthenticated;
    case ExitCode::kUnavailable:
      return absl::StatusCode::kUnavailable;
    case ExitCode::kLocal:
      return absl::StatusCode::kFailedPrecondition;
    case ExitCode::kOk:
    case ExitCode::kInternal:
      break;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

absl::Status Failure(ExitCode code, std::string_view message, std::string_view hint) {
  return WithHint(WithExitCode(MakeStatus(CodeFor(code), message), code), hint);
}

absl::Status WithHint(absl::Status status, std::string_view hint) {
  if (!status.ok() && !hint.empty() && !Payload(status, kHint)) {
    status.SetPayload(kHint, absl::Cord(std::string(hint)));
  }
  return status;
}

absl::Status WithExitCode(absl::Status status, ExitCode code) {
  if (!status.ok() && !Payload(status, kExitCode)) {
    status.SetPayload(kExitCode, absl::Cord(std::to_string(static_cast<int>(code))));
  }
  return status;
}

absl::Status WithDetail(absl::Status status, const v1::ErrorDetail& detail) {
  if (!status.ok()) status.SetPayload(kDetail, absl::Cord(detail.SerializeAsString()));
  return status;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return ExitCode::kOk;
  if (const auto code = Payload(status, kExitCode)) {
    int value = 0;
    std::from_chars(code->data(), code->data() + code->size(), value);
    return static_cast<ExitCode>(value);
  }
  if (status.code() == absl::StatusCode::kInvalidArgument) return ExitCode::kUsage;
  if (status.code() == absl::StatusCode::kInternal) return ExitCode::kInternal;
  return ExitCode::kLocal;
}

std::string HintOf(const absl::Status& status) {
  if (const auto hint = Payload(status, kHint)) return *hint;
  const auto detail = DetailOf(status);
  return detail ? EscapeForTerminal(detail->hint()) : std::string();
}

std::optional<v1::ErrorDetail> DetailOf(const absl::Status& status) {
  const auto payload = Payload(status, kDetail);
  if (!payload) return std::nullopt;
  v1::ErrorDetail detail;
  if (!detail.ParseFromString(*payload)) return std::nullopt;
  return detail;
}

}  // namespace mayfly::client
