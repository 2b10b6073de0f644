#ifndef MAYFLY_CA_STORE_CHECKPOINTER_H_
#define MAYFLY_CA_STORE_CHECKPOINTER_H_

#include <atomic>
#include <memory>
#include <thread>

#include "base/mutex.h"
#include "ca/store/sqlite_connection.h"

namespace mayfly::store {

// Moves committed pages from the write-ahead log into the database, on a thread and connection of
// its own: inside COMMIT it would cost some writers 6 to 8 ms. Thread-safe.
class Checkpointer {
 public:
  explicit Checkpointer(std::unique_ptr<SqliteConnection> connection);
  ~Checkpointer();
  void Request();  // Returns at once.
  // Once for each request, when so few pages are left that the writer can move them itself between
  // two commits. Only then is the log begun anew: while others write to it, it never ends.
  bool LeftLittle() { return left_little_.exchange(false); }

 private:
  void Work();
  void Checkpoint();

  const std::unique_ptr<SqliteConnection> connection_;
  Mutex mutex_;
  ConditionVariable changed_;
  bool requested_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<bool> left_little_ = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_CHECKPOINTER_H_
