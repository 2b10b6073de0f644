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

bool Checkpointer::LeftLittle() {
  MutexLock lock(mutex_);
  return std::exchange(left_little_, false);
}

// Not while it is the writer's turn, who must not find us at it.
bool Checkpointer::IsDue() const { return pages_ - looked_at_ >= kBatch && !left_little_; }

void Checkpointer::Work() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      while (!IsDue() && !closing_) changed_.Wait(mutex_);
      if (closing_) return;
    }
    MoveSome();
  }
}

void Checkpointer::MoveSome() {
  int in_log = 0;
  int moved = 0;
  const bool done = connection_->Checkpoint(&in_log, &moved);
  MutexLock lock(mutex_);
  if (!done) {  // Nothing is lost: the pages stay in the log, and the next batch tries again.
    looked_at_ = pages_;
    return;
  }
  if (in_log < looked_at_) pages_ = in_log;  // It was begun anew, and no commit has told us yet.
  const int found = in_log - looked_at_;
  looked_at_ = in_log;
  // As much as was found is written again by the time that the writer comes.
  left_little_ = in_log >= kLong && moved == in_log && found <= 2 * kBatch;
}

}  // namespace mayfly::store
