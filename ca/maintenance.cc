#include "ca/maintenance.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/time.h"
#include "ca/server/token_buckets.h"

namespace mayfly {

Maintenance::Maintenance(std::vector<Task> tasks, server::Health& health)
    : tasks_(std::move(tasks)), health_(health), thread_([this] { Loop(); }) {}

Maintenance::~Maintenance() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void Maintenance::Loop() {
  // Not the clock of the day: when that is set back an hour, tasks would rest for one, among them
  // the one that looks at the clock.
  std::vector<absl::Duration> due;
  for (const Task& task : tasks_) due.push_back(server::MonotonicNow() + task.interval);
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (!closing_) changed_.WaitFor(mutex_, std::chrono::milliseconds(200));
      if (closing_) return;
    }
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (server::MonotonicNow() < due[i]) continue;
      health_.Set(tasks_[i].component, tasks_[i].run());
      due[i] = server::MonotonicNow() + tasks_[i].interval;
    }
  }
}

}  // namespace mayfly
