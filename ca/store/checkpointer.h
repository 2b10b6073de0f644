#ifndef MAYFLY_CA_STORE_CHECKPOINTER_H_
#define MAYFLY_CA_STORE_CHECKPOINTER_H_

#include <chrono>
#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "ca/store/sqlite_connection.h"

namespace mayfly::store {

// Moves committed pages from the write-ahead log into the database, on a thread and connection of
// its own: inside COMMIT it would cost some writers 6 to 8 ms. As soon as there is a megabyte of
// them, and durable at once: of many, SQLite syncs all with the last, and commits wait behind it.
// Thread-safe.
//
// SQLite before 3.51.3 may lose what is committed while one connection moves pages right after
// another has moved the last one (https://sqlite.org/wal.html#walresetbug). So nobody begins before
// there is a commit that was not moved, and never two at once.
class Checkpointer {
 public:
  explicit Checkpointer(std::unique_ptr<SqliteConnection> connection);
  ~Checkpointer();

  // The writer says how long the log is, in pages, after a commit. Returns at once.
  void LogHas(int pages);
  // Whether the writer shall move pages itself, between two commits: so little is left of a long
  // log that it soon can, and only then is the log begun anew, for while others write to it, it
  // never ends; or the writer finds it `too_long`. If true, nobody else does until EndTurn().
  bool TakeTurn(bool too_long);
  void EndTurn(absl::Status moved);
  // OK, unless what was tried last failed otherwise than by being busy. It is tried again by
  // itself, every kRetry.
  absl::Status Condition() const;

  static constexpr std::chrono::milliseconds kRetry{1000};

 private:
  void Work();
  // Until there is something to do; false: it is closing.
  bool WaitUntilDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MoveSome(int told);
  bool IsDue() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::unique_ptr<SqliteConnection> connection_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  int pages_ ABSL_GUARDED_BY(mutex_) = 0;      // In the log.
  int looked_at_ ABSL_GUARDED_BY(mutex_) = 0;  // Of them, when pages were moved last.
  bool left_little_ ABSL_GUARDED_BY(mutex_) = false;
  bool moving_ ABSL_GUARDED_BY(mutex_) = false;  // Our thread.
  bool writers_turn_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status condition_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_CHECKPOINTER_H_
