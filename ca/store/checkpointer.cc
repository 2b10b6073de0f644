#include "ca/store/checkpointer.h"

#include <utility>

namespace mayfly::store {
namespace {

constexpr int kBatch = 256;  // Pages: a megabyte.
// 32 MB. Whenever the log begins anew the writer waits for a sync of the database, and a start
// after a crash reads all of it.
constexpr int kLong = 8000;

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<SqliteConnection> connection)
    : connection_(std::move(connection)), thread_([this] { Work(); }) {}

Checkpointer::~Checkpointer() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  changed_.NotifyOne();
  thread_.join();
}

void Checkpointer::LogHas(int pages) {
  {
    MutexLock lock(mutex_);
    pages_ = pages;
    if (pages < looked_at_) looked_at_ = 0;  // It was begun anew.
    if (!IsDue()) return;
  }
  changed_.NotifyOne();
}

bool Checkpointer::TakeTurn(bool too_long) {
  MutexLock lock(mutex_);
  if (moving_ || (!left_little_ && !too_long)) return false;
  left_little_ = false;
  writers_turn_ = true;
  return true;
}

void Checkpointer::EndTurn(absl::Status moved) {
  MutexLock lock(mutex_);
  looked_at_ = pages_;
  writers_turn_ = false;
  if (absl::IsUnavailable(moved)) return;  // Busy for a moment, as in MoveSome.
  condition_ = std::move(moved);
  if (!condition_.ok()) changed_.NotifyOne();  // From now on it is tried by time.
}

absl::Status Checkpointer::Condition() const {
  MutexLock lock(mutex_);
  return condition_;
}

bool Checkpointer::IsDue() const {
  return pages_ - looked_at_ >= kBatch && !left_little_ && !writers_turn_;
}

void Checkpointer::Work() {
  for (;;) {
    int told = 0;
    {
      MutexLock lock(mutex_);
      if (!WaitUntilDue()) return;
      moving_ = true;
      told = pages_;
    }
    MoveSome(told);
  }
}

bool Checkpointer::WaitUntilDue() {
  while (!IsDue() && !closing_) {
    if (condition_.ok()) {
      changed_.Wait(mutex_);
    } else if (!changed_.WaitFor(mutex_, kRetry) && !condition_.ok() && !writers_turn_) {
      break;  // Not when the writer has moved everything meanwhile.
    }
  }
  return !closing_;
}

// `told` is how long the log was by what the writer has said.
void Checkpointer::MoveSome(int told) {
  int in_log = 0;
  int moved = 0;
  absl::Status done = connection_->Checkpoint(&in_log, &moved);
  MutexLock lock(mutex_);
  moving_ = false;
  const bool failed = !done.ok();
  // Busy is no fault of the disk: a header that was read while it was written, or another program.
  if (!absl::IsUnavailable(done)) condition_ = std::move(done);
  if (failed) {  // The pages stay in the log.
    looked_at_ = pages_;
    return;
  }
  // By somebody else, or by a commit that failed, it may have been begun anew.
  if (pages_ == told) pages_ = in_log;
  const int found = in_log - looked_at_;
  looked_at_ = in_log;
  // As much as was found is written again by the time that the writer comes.
  left_little_ = in_log >= kLong && moved == in_log && found <= 2 * kBatch;
}

}  // namespace mayfly::store
