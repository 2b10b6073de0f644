#include "ca/server/issuance_gate.h"

#include <algorithm>
#include <array>

namespace mayfly::server {

void IssuanceGate::Set(const std::string& cause, const absl::Status& status) {
  MutexLock lock(mutex_);
  if (status.ok()) {
    causes_.erase(cause);
  } else {
    causes_[cause] = status;
  }
  stopped_ = !causes_.empty();
  clock_is_wrong_ = causes_.contains("clock");
}

bool IssuanceGate::Stops(std::string_view method) const {
  if (!stopped_.load(std::memory_order_relaxed)) return false;
  if (method == "/mayfly.v1.Requests/Approve") {
    return clock_is_wrong_.load(std::memory_order_relaxed);
  }
  static constexpr std::array<std::string_view, 5> kMethods = {
      "/mayfly.v1.Certificates/IssueUser", "/mayfly.v1.Hosts/Enroll", "/mayfly.v1.Hosts/Renew",
      "/mayfly.v1.Operations/CreateJoinToken", "/mayfly.v1.Sessions/Start"};
  return std::ranges::find(kMethods, method) != kMethods.end();
}

}  // namespace mayfly::server
