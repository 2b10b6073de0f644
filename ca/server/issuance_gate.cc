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
}

bool IssuanceGate::MakesStanding(std::string_view method) {
  static constexpr std::array<std::string_view, 5> kMethods = {
      "/mayfly.v1.Certificates/IssueUser", "/mayfly.v1.Hosts/Enroll", "/mayfly.v1.Hosts/Renew",
      "/mayfly.v1.Operations/CreateJoinToken", "/mayfly.v1.Sessions/Start"};
  return std::ranges::find(kMethods, method) != kMethods.end();
}

}  // namespace mayfly::server
