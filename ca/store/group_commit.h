#ifndef MAYFLY_CA_STORE_GROUP_COMMIT_H_
#define MAYFLY_CA_STORE_GROUP_COMMIT_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "ca/store/store.h"

namespace mayfly::store {

// One writer thread that takes whatever writes are waiting and hands them to the engine together:
// while one group is made durable the next one gathers, so the disk is asked as often as it can
// answer and no oftener. Thread-safe.
class GroupCommit {
 public:
  struct Member {
    std::vector<Operation> operations;
    // Set by the engine for every member of a group, all after the group's commit.
    absl::StatusOr<std::vector<Rows>> result = absl::UnknownError("not run");
  };
  using Engine = std::function<void(const std::vector<Member*>&)>;

  explicit GroupCommit(Engine engine);
  ~GroupCommit();  // Runs what was waiting.

  // Blocks until the engine has answered.
  absl::StatusOr<std::vector<Rows>> Run(std::vector<Operation> operations);

 private:
  struct Waiter : Member {
    bool done = false;
    ConditionVariable answered;
  };
  void Work();
  std::vector<Waiter*> TakeGroup() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Engine engine_;
  Mutex mutex_;
  ConditionVariable arrived_;
  std::deque<Waiter*> waiting_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread writer_;  // Last: it uses all of the above.
};

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_GROUP_COMMIT_H_
