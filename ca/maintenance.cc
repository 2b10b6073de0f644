#include "ca/maintenance.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/time.h"
#include "ca/server/token_buckets.h"

namespace mayfly {

// By no clock of the day: when that is set back an hour, tasks would rest for one, among them the
// one that looks at the clock.
Maintenance::Maintenance(std::vector<Task> tasks, server::Health& health)
    : tasks_(std::move(tasks)),
      health_(health),
      due_([this] {
        std::vector<absl::Duration> due;
        for (const Task& task : tasks_) due.push_back(server::MonotonicNow() + task.interval);
        return due;
      }()),
      ticker_(std::chrono::milliseconds(200), [this] { Tick(); }) {}

void Maintenance::Tick() {
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (server::MonotonicNow() < due_[i]) continue;
    health_.Set(tasks_[i].component, tasks_[i].run());
    due_[i] = server::MonotonicNow() + tasks_[i].interval;
  }
}

}  // namespace mayfly
