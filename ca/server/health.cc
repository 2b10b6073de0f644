#include "ca/server/health.h"

#include "base/status.h"

namespace mayfly::server {

void Health::Set(const std::string& component, const absl::Status& status) {
  MutexLock lock(mutex_);
  if (status.ok()) {
    problems_.erase(component);
  } else {
    problems_[component] = Message(status);
  }
}

std::map<std::string, std::string> Health::Problems() const {
  MutexLock lock(mutex_);
  return problems_;
}

}  // namespace mayfly::server
