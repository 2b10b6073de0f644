#include "ca/store/sqlite_writer.h"

#include <utility>

#include "base/status.h"
#include "ca/store/migrations.h"

namespace mayfly::store {
namespace {

// 64 MB: the checkpointer does not keep up, or a reader keeps it from ending. From here on the
// writer does it too, whenever there is a megabyte more.
constexpr int kMaxLogPages = 16000;
constexpr int kMorePages = 256;

constexpr Statement kSavepoint{"savepoint", "SAVEPOINT member"};
constexpr Statement kRelease{"release", "RELEASE member"};
constexpr Statement kRollbackTo{"rollback to", "ROLLBACK TO member"};

Operation Plain(const Statement& statement) {
  Operation operation;
  operation.statement = &statement;
  return operation;
}

absl::StatusOr<std::vector<Rows>> RunOperations(SqliteConnection& connection,
                                                const std::vector<Operation>& operations) {
  std::vector<Rows> results;
  results.reserve(operations.size());
  for (const Operation& operation : operations) {
    MAYFLY_ASSIGN_OR_RETURN(Rows rows, connection.Run(operation));
    results.push_back(std::move(rows));
  }
  return results;
}

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection, Checkpointer& checkpointer)
    : checkpointer_(checkpointer), connection_(std::move(connection)) {
  MutexLock lock(mutex_);
  sqlite3_wal_hook(
      connection_->handle(),
      [](void* writer, sqlite3*, const char*, int pages) {
        static_cast<SqliteWriter*>(writer)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

void SqliteWriter::CommitGroup(const std::vector<GroupCommit::Member*>& group) {
  MutexLock lock(mutex_);
  const absl::Status status = RunGroup(group);
  if (!status.ok()) {
    connection_->Rollback();
    for (GroupCommit::Member* member : group) member->result = status;
  }
  CheckpointWhenDue();
}

absl::Status SqliteWriter::RunGroup(const std::vector<GroupCommit::Member*>& group) {
  MAYFLY_RETURN_IF_ERROR(connection_->Begin());
  if (!RunAllOrNone(group)) {
    // Rare: a key that is another's, a token that is spent. The group begins anew, with care.
    MAYFLY_RETURN_IF_ERROR(connection_->Begin());
    for (GroupCommit::Member* member : group) MAYFLY_RETURN_IF_ERROR(RunMember(*member));
  }
  return connection_->Commit();
}

// Without savepoints: within one, SQLite keeps the old content of every page that is written, which
// costs as much as writing it.
bool SqliteWriter::RunAllOrNone(const std::vector<GroupCommit::Member*>& group) {
  for (GroupCommit::Member* member : group) {
    member->result = RunOperations(*connection_, member->operations);
    if (!member->result.ok()) return false;
  }
  return true;
}

// Returns an error only when the transaction cannot go on.
absl::Status SqliteWriter::RunMember(GroupCommit::Member& member) {
  MAYFLY_RETURN_IF_ERROR(connection_->Run(Plain(kSavepoint)).status());
  member.result = RunOperations(*connection_, member.operations);
  if (!connection_->InTransaction()) return member.result.status();
  if (!member.result.ok()) {
    MAYFLY_RETURN_IF_ERROR(connection_->Run(Plain(kRollbackTo)).status());
  }
  return connection_->Run(Plain(kRelease)).status();
}

absl::Status SqliteWriter::Migrate(const std::vector<Migration>& migrations) {
  MutexLock lock(mutex_);
  // A table that is written anew may be larger than memory. Nobody else is there yet.
  MAYFLY_RETURN_IF_ERROR(connection_->Execute("PRAGMA cache_spill=ON"));
  const absl::Status migrated = MigrateSqlite(*connection_, migrations);
  const absl::Status kept = connection_->Execute("PRAGMA cache_spill=OFF");
  return migrated.ok() ? kept : migrated;
}

void SqliteWriter::CheckpointWhenDue() {
  checkpointer_.LogHas(log_pages_);
  if (log_pages_ < tried_at_) tried_at_ = 0;  // It was begun anew.
  const bool too_long = log_pages_ >= kMaxLogPages && log_pages_ - tried_at_ >= kMorePages;
  if (!checkpointer_.TakeTurn(too_long)) return;
  tried_at_ = log_pages_;
  checkpointer_.EndTurn(connection_->Checkpoint(nullptr, nullptr));
}

}  // namespace mayfly::store
