#ifndef MAYFLY_CA_MAINTENANCE_H_
#define MAYFLY_CA_MAINTENANCE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/ticker.h"
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

 private:
  void Tick();

  const std::vector<Task> tasks_;
  server::Health& health_;
  std::vector<absl::Duration> due_;  // When each is, of the ticker's thread.
  Ticker ticker_;
};

}  // namespace mayfly

#endif  // MAYFLY_CA_MAINTENANCE_H_
