#ifndef MAYFLY_CA_STORE_GROUP_COMMIT_H_
#define MAYFLY_CA_STORE_GROUP_COMMIT_H_

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
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
  // Returns at once; the writer calls `written`, and begins the next group afterwards. When the
  // store is closing it is called here.
  void RunThen(std::vector<Operation> operations, Store::Written written);
  // Returns at once: a later group takes it along, the next one that somebody waits for or, if none
  // comes, one of its own after kLinger. What a full or failing disk refused is tried again for a
  // minute or more, when nobody waits, for it must not make others fail; what fails by itself, or
  // finds no room, is dropped.
  void RunLater(std::vector<Operation> operations);

  static constexpr std::chrono::milliseconds kLinger{50};

 private:
  struct Awaited : Member {
    Store::Written written;
  };
  struct Unawaited : Member {
    int tries = 0;
  };
  using Waiter = std::unique_ptr<Awaited>;
  using Later = std::unique_ptr<Unawaited>;
  struct Group {
    std::vector<Waiter> waiters;
    std::vector<Later> later;
    bool empty() const { return waiters.empty() && later.empty(); }
  };
  bool Take(Waiter& waiter);  // False, and `waiter` is as it was, when the store is closing.
  void Work();
  // Empty once there is nothing more to come.
  Group NextGroup();
  Group TakeGroup() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void KeepFailed(std::vector<Later> later);

  const Engine engine_;
  Mutex mutex_;
  ConditionVariable arrived_;
  std::deque<Waiter> waiting_ ABSL_GUARDED_BY(mutex_);
  std::deque<Later> later_ ABSL_GUARDED_BY(mutex_);
  std::deque<Later> again_ ABSL_GUARDED_BY(mutex_);  // What failed before.
  bool asleep_ ABSL_GUARDED_BY(mutex_) = false;  // Until something arrives, and not for kLinger.
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread writer_;  // Last: it uses all of the above.
};

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_GROUP_COMMIT_H_
