#include "ca/store/checkpointer.h"

#include <utility>

namespace mayfly::store {

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
    // An error loses nothing: the pages stay in the log, and the next request tries again.
    sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                              nullptr);
  }
}

}  // namespace mayfly::store
