#include "ca/authn/refusal.h"

#include <charconv>

#include "absl/strings/cord.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr char kCausePayload[] = "mayfly/cause";
constexpr char kSentencePayload[] = "mayfly/sentence";
constexpr char kMustWaitPayload[] = "mayfly/must-wait";

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

absl::Status Tell(absl::Status refusal, std::string_view sentence) {
  refusal.SetPayload(kSentencePayload, absl::Cord(std::string(sentence)));
  return refusal;
}

std::string SentenceFor(const absl::Status& status) { return PayloadOf(status, kSentencePayload); }

absl::Status MustWait(std::string_view authenticator) {
  absl::Status status = Unavailable("an identity provider must be asked first");
  status.SetPayload(kMustWaitPayload, absl::Cord(std::string(authenticator)));
  return status;
}

std::string WaitsFor(const absl::Status& status) { return PayloadOf(status, kMustWaitPayload); }

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
