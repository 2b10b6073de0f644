#include "ca/server/work_queue.h"

#include <utility>

namespace mayfly::server {

WorkQueue::WorkQueue(int threads, size_t max_waiting) : max_waiting_(max_waiting) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Loop(); });
}

WorkQueue::~WorkQueue() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  changed_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkQueue::Submit(std::function<void()> work) {
  {
    MutexLock lock(mutex_);
    if (closing_ || waiting_.size() >= max_waiting_) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.NotifyOne();
  return true;
}

void WorkQueue::Resume(std::function<void()> work) {
  MutexLock lock(mutex_);
  resumed_.push_back(std::move(work));
  changed_.NotifyOne();  // Under the lock: once the work has run, the queue may be gone.
}

void WorkQueue::Loop() {
  for (;;) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      while (resumed_.empty() && waiting_.empty() && !closing_) changed_.Wait(mutex_);
      std::deque<std::function<void()>>& next = resumed_.empty() ? waiting_ : resumed_;
      if (next.empty()) return;
      work = std::move(next.front());
      next.pop_front();
    }
    work();
  }
}

}  // namespace mayfly::server
