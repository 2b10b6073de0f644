#include "ca/store/group_commit.h"

#include <semaphore.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "base/status.h"

namespace mayfly::store {
namespace {

// Bounds the time that the first member of a group waits for the last.
constexpr size_t kMaxGroup = 256;
// Bounds the memory of what nobody waits for, while the disk takes nothing.
constexpr size_t kMaxLater = 8192;
constexpr int kMaxTries = 1200;  // One every kLinger: a minute.

bool MayBeTriedAgain(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsDataLoss(status) ||
         absl::IsUnavailable(status);
}

// The writer posts without holding a lock: a waiter that woke under it would only sleep again. A
// POSIX semaphore may go as soon as its waiter has returned, which a condition variable may not.
class Signal {
 public:
  Signal() { MAYFLY_CHECK(sem_init(&semaphore_, 0, 0) == 0); }
  ~Signal() { sem_destroy(&semaphore_); }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  void Post() { sem_post(&semaphore_); }
  void Wait() {
    while (sem_wait(&semaphore_) != 0) MAYFLY_CHECK(errno == EINTR);
  }

 private:
  sem_t semaphore_;
};

// Moves the first `count` of `from` to the end of a vector.
template <typename T>
std::vector<T> TakeFirst(std::deque<T>& from, size_t count) {
  const auto end = from.begin() + static_cast<ptrdiff_t>(std::min(from.size(), count));
  std::vector<T> taken(std::make_move_iterator(from.begin()), std::make_move_iterator(end));
  from.erase(from.begin(), end);
  return taken;
}

}  // namespace

GroupCommit::GroupCommit(Engine engine) : engine_(std::move(engine)), writer_([this] { Work(); }) {}

GroupCommit::~GroupCommit() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  arrived_.NotifyOne();
  writer_.join();
}

absl::StatusOr<std::vector<Rows>> GroupCommit::Run(std::vector<Operation> operations) {
  absl::StatusOr<std::vector<Rows>> result = absl::UnknownError("not run");
  Signal written;
  RunThen(std::move(operations), [&](absl::StatusOr<std::vector<Rows>> answer) {
    result = std::move(answer);
    written.Post();  // Both are gone from here on.
  });
  written.Wait();
  return result;
}

void GroupCommit::RunThen(std::vector<Operation> operations, Store::Written written) {
  auto waiter = std::make_unique<Awaited>();
  waiter->operations = std::move(operations);
  waiter->written = std::move(written);
  if (!Take(waiter)) waiter->written(Unavailable("the store is closing"));
}

bool GroupCommit::Take(Waiter& waiter) {
  bool first = false;
  {
    MutexLock lock(mutex_);
    if (closing_) return false;
    first = waiting_.empty();
    waiting_.push_back(std::move(waiter));
  }
  if (first) arrived_.NotifyOne();
  return true;
}

void GroupCommit::RunLater(std::vector<Operation> operations) {
  auto member = std::make_unique<Unawaited>();
  member->operations = std::move(operations);
  bool wake = false;
  {
    MutexLock lock(mutex_);
    if (closing_ || later_.size() >= kMaxLater) return;
    later_.push_back(std::move(member));
    wake = asleep_;
  }
  if (wake) arrived_.NotifyOne();
}

GroupCommit::Group GroupCommit::TakeGroup() {
  Group group;
  group.waiters = TakeFirst(waiting_, kMaxGroup);
  group.later = TakeFirst(later_, kMaxGroup);
  if (group.empty()) group.later = TakeFirst(again_, kMaxGroup);
  return group;
}

GroupCommit::Group GroupCommit::NextGroup() {
  MutexLock lock(mutex_);
  // While calls come, what is to be written later goes with them and needs no waking of its own;
  // the writer looks for what was left over, and sleeps for good when there is nothing.
  while (waiting_.empty() && !closing_) {
    const bool left_over = !later_.empty() || !again_.empty();
    if (arrived_.WaitFor(mutex_, kLinger) || !waiting_.empty() || closing_) continue;
    if (left_over) break;
    if (!later_.empty()) continue;  // It came meanwhile.
    asleep_ = true;
    while (waiting_.empty() && later_.empty() && !closing_) arrived_.Wait(mutex_);
    asleep_ = false;
  }
  return TakeGroup();
}

void GroupCommit::Work() {
  for (Group group = NextGroup(); !group.empty(); group = NextGroup()) {
    std::vector<Member*> members;
    for (const Waiter& waiter : group.waiters) members.push_back(waiter.get());
    for (const Later& later : group.later) members.push_back(later.get());
    engine_(members);
    for (const Waiter& waiter : group.waiters) waiter->written(std::move(waiter->result));
    group.waiters.clear();  // With what they hold, before the writer sleeps.
    KeepFailed(std::move(group.later));
  }
}

void GroupCommit::KeepFailed(std::vector<Later> later) {
  std::erase_if(later, [](const Later& one) {
    return !MayBeTriedAgain(one->result.status()) || ++one->tries >= kMaxTries;
  });
  if (later.empty()) return;
  MutexLock lock(mutex_);
  if (closing_ || again_.size() >= kMaxLater) return;
  again_.insert(again_.end(), std::make_move_iterator(later.begin()),
                std::make_move_iterator(later.end()));
}

}  // namespace mayfly::store
