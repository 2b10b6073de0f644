#ifndef MAYFLY_CA_SERVER_WORK_QUEUE_H_
#define MAYFLY_CA_SERVER_WORK_QUEUE_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace mayfly::server {

// A fixed number of threads that run what is submitted, first come first served, with a bounded
// queue: gRPC's own threads must not be kept. Thread-safe.
class WorkQueue {
 public:
  WorkQueue(int threads, size_t max_waiting);
  ~WorkQueue();  // Runs what is waiting, then joins.
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // False when too much is waiting; `work` was not taken.
  bool Submit(std::function<void()> work);
  // The rest of work that was submitted before and gave its thread back meanwhile. It is taken
  // however much is waiting, and comes before what has not begun. Whoever ends the queue sees to it
  // that all work is done by then: what is resumed after its last thread has left is lost.
  void Resume(std::function<void()> work);

 private:
  void Loop();

  const size_t max_waiting_;
  Mutex mutex_;
  ConditionVariable changed_;
  std::deque<std::function<void()>> resumed_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_WORK_QUEUE_H_
