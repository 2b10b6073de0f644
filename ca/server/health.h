#ifndef MAYFLY_CA_SERVER_HEALTH_H_
#define MAYFLY_CA_SERVER_HEALTH_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "base/log.h"
#include "base/mutex.h"

namespace mayfly::server {

// What is wrong, component by component; what begins and what ends is logged. Thread-safe.
class Health {
 public:
  explicit Health(Log& log) : log_(log) {}  // `log` outlives it.

  // An OK status clears the component's problem; any other is one. As long as a component is not
  // well only the first cause is in the log: what is told of a disk may change every second.
  void Set(const std::string& component, const absl::Status& status);
  // Component -> what is wrong and what to do; empty when all is well.
  std::map<std::string, std::string> Problems() const;

 private:
  Log& log_;
  mutable Mutex mutex_;
  std::map<std::string, std::string> problems_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_HEALTH_H_
