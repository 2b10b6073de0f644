#ifndef MAYFLY_CA_STORE_SQLITE_WRITER_H_
#define MAYFLY_CA_STORE_SQLITE_WRITER_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "ca/store/checkpointer.h"
#include "ca/store/group_commit.h"
#include "ca/store/sqlite_connection.h"

namespace mayfly::store {

// The one connection that writes. Thread-safe.
class SqliteWriter {
 public:
  SqliteWriter(std::unique_ptr<SqliteConnection> connection, Checkpointer& checkpointer);

  // Runs a group in one transaction; if a member fails, again, each in a savepoint of its own, so
  // that it fails alone.
  // When the transaction as a whole fails, all members fail, also those that had failed by
  // themselves: what refused them may have been another member's row, which now never was.
  void CommitGroup(const std::vector<GroupCommit::Member*>& group);
  absl::Status Migrate(const std::vector<Migration>& migrations);

 private:
  absl::Status RunGroup(const std::vector<GroupCommit::Member*>& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool RunAllOrNone(const std::vector<GroupCommit::Member*>& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status RunMember(GroupCommit::Member& member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CheckpointWhenDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Checkpointer& checkpointer_;
  Mutex mutex_;
  const std::unique_ptr<SqliteConnection> connection_ ABSL_PT_GUARDED_BY(mutex_);
  int log_pages_ = 0;                         // Set by SQLite inside COMMIT, so under mutex_ too.
  int tried_at_ ABSL_GUARDED_BY(mutex_) = 0;  // How long the log was at the last own checkpoint.
};

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_SQLITE_WRITER_H_
