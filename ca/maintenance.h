#ifndef MAYFLY_CA_MAINTENANCE_H_
#define MAYFLY_CA_MAINTENANCE_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "ca/server/health.h"

namespace mayfly {

// What a daemon does again and again, on one thread: each task at its interval, its outcome told to
// Health under its name. Joins when destroyed.
class Maintenance {
 public:
  struct Task {
    std::string component;  // As Health names it.
    absl::Duration interval;
    std::function<absl::Status()> run;
  };
  Maintenance(std::vector<Task> tasks, server::Health& health);
  ~Maintenance();

 private:
  void Loop();

  const std::vector<Task> tasks_;
  server::Health& health_;
  Mutex mutex_;
  ConditionVariable changed_;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace mayfly

#endif  // MAYFLY_CA_MAINTENANCE_H_
