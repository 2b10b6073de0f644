#include "ca/maintenance.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"

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
  std::vector<absl::Time> due;
  for (const Task& task : tasks_) due.push_back(absl::Now() + task.interval);
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (!closing_) changed_.WaitFor(mutex_, std::chrono::milliseconds(200));
      if (closing_) return;
    }
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (absl::Now() < due[i]) continue;
      health_.Set(tasks_[i].component, tasks_[i].run());
      due[i] = absl::Now() + tasks_[i].interval;
    }
  }
}

}  // namespace mayfly
