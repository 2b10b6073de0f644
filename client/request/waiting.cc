#include "client/request/waiting.h"

#include <chrono>
#include <thread>

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// Soon enough for somebody who watches, seldom enough for a CA with a thousand who wait.
constexpr auto kPause = std::chrono::seconds(2);
constexpr int kMaxMisses = 30;  // Answers that did not come, in a row: a minute of them.

absl::Status ClosedFailure(const v1::FiledRequest& filed) {
  const std::string word =
      filed.word().empty() ? "" : fmt::format(": {}", EscapeForTerminal(filed.word()));
  if (filed.state() == "denied" || filed.state() == "cancelled") {
    return Failure(ExitCode::kDenied,
                   fmt::format("request {} was {} by {}{}", filed.number(), filed.state(),
                               EscapeForTerminal(filed.closed_by()), word));
  }
  return Failure(ExitCode::kDenied,
                 fmt::format("request {} is {}", filed.number(), EscapeForTerminal(filed.state())),
                 "ask again, and tell those who approve");
}

bool IsApproved(const Context& context, const v1::FiledRequest& filed) {
  if (filed.state() != "approved") return false;
  context.Say(fmt::format("request {} is approved", filed.number()));
  return true;
}

}  // namespace

std::string WaitingText(const v1::FiledRequest& filed) {
  std::string whom;
  for (const v1::ApprovalNeed& need : filed.needs()) {
    const uint32_t got = static_cast<uint32_t>(need.approved_by_size());
    if (got >= need.count()) continue;
    whom += fmt::format("{}{} more of {}", whom.empty() ? "" : " and ", need.count() - got,
                        EscapeForTerminal(need.from()));
  }
  return fmt::format("request {} waits for {}, until {}", filed.number(),
                     whom.empty() ? "approval" : whom, TimeText(FromProto(filed.expires_at())));
}

absl::Status AwaitApproval(const Context& context, Caller& caller, v1::FiledRequest filed) {
  v1::CallDocument document;
  document.mutable_get_request()->set_number(filed.number());
  std::string told;
  for (int misses = 0;;) {
    const absl::StatusOr<v1::FiledRequest> now = caller.Call(&CaClient::GetRequest, document);
    if (now.ok()) {
      misses = 0;
      if (IsApproved(context, *now)) return absl::OkStatus();
      if (now->state() != "waiting") return ClosedFailure(*now);
      const std::string text = WaitingText(*now);
      if (text != told) {
        context.Say(text);
        if (told.empty()) {
          context.Say(
              fmt::format("those who approve run: mayfly request approve {}", filed.number()));
        }
      }
      told = text;
    } else if (ExitCodeOf(now.status()) != ExitCode::kUnavailable || ++misses > kMaxMisses) {
      return now.status();
    }
    std::this_thread::sleep_for(kPause);
  }
}

absl::Status CheckApproval(const Context& context, Caller& caller, uint64_t number) {
  v1::CallDocument document;
  document.mutable_get_request()->set_number(number);
  MAYFLY_ASSIGN_OR_RETURN(const v1::FiledRequest filed,
                          caller.Call(&CaClient::GetRequest, document));
  if (IsApproved(context, filed)) return absl::OkStatus();
  if (filed.state() != "waiting") return ClosedFailure(filed);
  return Failure(ExitCode::kNo, WaitingText(filed),
                 "the same command goes on with it once it is approved");
}

}  // namespace mayfly::client
