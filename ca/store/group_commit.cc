#include "ca/store/group_commit.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace mayfly::store {
namespace {

// Bounds the time that the first member of a group waits for the last.
constexpr size_t kMaxGroup = 256;

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
  Waiter waiter;
  waiter.operations = std::move(operations);
  MutexLock lock(mutex_);
  if (closing_) return Unavailable("the store is closing");
  waiting_.push_back(&waiter);
  arrived_.NotifyOne();
  while (!waiter.done) waiter.answered.Wait(mutex_);
  return std::move(waiter.result);
}

std::vector<GroupCommit::Waiter*> GroupCommit::TakeGroup() {
  const size_t size = std::min(waiting_.size(), kMaxGroup);
  std::vector<Waiter*> group(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(size));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(size));
  return group;
}

void GroupCommit::Work() {
  for (;;) {
    std::vector<Waiter*> group;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && !closing_) arrived_.Wait(mutex_);
      if (waiting_.empty()) return;
      group = TakeGroup();
    }
    engine_(std::vector<Member*>(group.begin(), group.end()));
    MutexLock lock(mutex_);
    for (Waiter* waiter : group) {
      waiter->done = true;
      waiter->answered.NotifyOne();  // Under the lock: the waiter goes as soon as it sees `done`.
    }
  }
}

}  // namespace mayfly::store
