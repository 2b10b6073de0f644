#include "ca/server/health.h"

#include "base/status.h"

namespace mayfly::server {

void Health::Set(const std::string& component, const absl::Status& status) {
  bool changed = false;
  {
    MutexLock lock(mutex_);
    changed = status.ok() ? problems_.erase(component) > 0
                          : problems_.insert_or_assign(component, Message(status)).second;
  }
  // Without the lock: a log that is read slowly keeps nobody who asks.
  if (!changed) return;
  if (status.ok()) return log_.Info("healthy again", {{"component", component}});
  log_.Warning("unhealthy", {{"component", component}, {"cause", Message(status)}});
}

std::map<std::string, std::string> Health::Problems() const {
  MutexLock lock(mutex_);
  return problems_;
}

}  // namespace mayfly::server
