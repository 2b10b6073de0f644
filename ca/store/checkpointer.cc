#include "ca/store/checkpointer.h"

#include <utility>

namespace mayfly::store {
namespace {

// Each round moves what was written during the one before, which is some tenth of it.
constexpr int kMaxRounds = 5;
constexpr int kLittle = 128;  // Pages: below a millisecond.

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

void Checkpointer::Request() {
  {
    MutexLock lock(mutex_);
    requested_ = true;
  }
  changed_.NotifyOne();
}

void Checkpointer::Work() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      while (!requested_ && !closing_) changed_.Wait(mutex_);
      if (closing_) return;
      requested_ = false;
    }
    if (!left_little_)
      Checkpoint();  // Otherwise the rest is the writer's, who must not find us there.
  }
}

void Checkpointer::Checkpoint() {
  for (int round = 0; round < kMaxRounds; ++round) {
    // An error loses nothing: the pages stay in the log, and the next request tries again.
    int in_log = 0, moved = 0;
    const int code = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    if (code != SQLITE_OK) return;
    if (in_log - moved <= kLittle) {
      left_little_ = true;
      return;
    }
  }
}

}  // namespace mayfly::store
