#include "ca/authn/refusal.h"

#include <charconv>

#include "absl/strings/cord.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr char kCausePayload[] = "mayfly/cause";

std::string PayloadOf(const absl::Status& status, const char* type_url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(type_url);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status Refuse(std::string_view cause, std::string_view message) {
  absl::Status status = Unauthenticated(message);
  status.SetPayload(kCausePayload, absl::Cord(std::string(cause)));
  return status;
}

std::string CauseOf(const absl::Status& status) {
  std::string cause = PayloadOf(status, kCausePayload);
  if (!cause.empty()) return cause;
  return std::string(status.code() == absl::StatusCode::kResourceExhausted ? cause::kReplayCacheFull
                                                                           : cause::kUnavailable);
}

absl::Status RefuseStale(absl::Time server_time, std::string_view message) {
  absl::Status status = Refuse(cause::kStale, message);
  status.SetPayload(kStaleCallPayload,
                    absl::Cord(fmt::format("{}", absl::ToUnixNanos(server_time))));
  return status;
}

std::optional<absl::Time> ServerTimeOf(const absl::Status& status) {
  const std::string text = PayloadOf(status, kStaleCallPayload);
  int64_t nanos = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nanos);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return absl::FromUnixNanos(nanos);
}

}  // namespace mayfly::authn
