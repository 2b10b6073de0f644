#include "ca/server/health.h"

#include "base/status.h"

namespace mayfly::server {

void Health::Set(const std::string& component, const absl::Status& status) {
  MutexLock lock(mutex_);  // Also while it is logged, so that lines come in the order of changes.
  if (status.ok()) {
    if (problems_.erase(component) > 0) log_.Info("healthy again", {{"component", component}});
    return;
  }
  const auto [problem, begins] = problems_.insert_or_assign(component, Message(status));
  if (begins) log_.Warning("unhealthy", {{"component", component}, {"cause", problem->second}});
}

std::map<std::string, std::string> Health::Problems() const {
  MutexLock lock(mutex_);
  return problems_;
}

}  // namespace mayfly::server
