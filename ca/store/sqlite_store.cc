#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/mutex.h"
#include "base/status.h"
#include "ca/store/checkpointer.h"
#include "ca/store/group_commit.h"
#include "ca/store/migrations.h"
#include "ca/store/process_lock.h"
#include "ca/store/reader_pool.h"
#include "ca/store/sqlite_writer.h"
#include "ca/store/store.h"
#include "fmt/format.h"

namespace mayfly::store {
namespace {

class SqliteStore final : public Store {
 public:
  SqliteStore(ProcessLock lock, std::unique_ptr<SqliteConnection> writer,
              std::unique_ptr<SqliteConnection> checkpoint, std::unique_ptr<ReaderPool> readers)
      : lock_(std::move(lock)),
        readers_(std::move(readers)),
        checkpointer_(std::move(checkpoint)),
        writer_(std::move(writer), checkpointer_),
        group_commit_([this](const std::vector<GroupCommit::Member*>& group) {
          writer_.CommitGroup(group);
        }) {}

  absl::StatusOr<std::vector<Rows>> Write(std::vector<Operation> operations) override {
    return group_commit_.Run(std::move(operations));
  }

  void WriteThen(std::vector<Operation> operations, Written written) override {
    group_commit_.RunThen(std::move(operations), std::move(written));
  }

  void WriteLater(std::vector<Operation> operations) override {
    group_commit_.RunLater(std::move(operations));
  }

  absl::StatusOr<Rows> Read(const Operation& operation) override {
    MAYFLY_ASSIGN_OR_RETURN(std::vector<Rows> results, readers_->Read({operation}));
    return std::move(results.front());
  }

  absl::StatusOr<std::vector<Rows>> ReadTogether(
      const std::vector<Operation>& operations) override {
    return readers_->Read(operations);
  }

  absl::Status Condition() const override { return checkpointer_.Condition(); }

  absl::Status Migrate(const std::vector<Migration>& migrations) override {
    return writer_.Migrate(migrations);
  }

 private:
  // In this order: each is used by those below it, and goes after them.
  const ProcessLock lock_;
  const std::unique_ptr<ReaderPool> readers_;
  Checkpointer checkpointer_;
  SqliteWriter writer_;
  GroupCommit group_commit_;
};

// The file is made by us, not by SQLite: with mode 0600, which its -wal and -shm then inherit, and
// with its name durable in the folder.
absl::Status MakePrivateFile(const std::string& path) {
  absl::Status created = CreateFile(path, "", 0600);
  if (created.ok() || !absl::IsAlreadyExists(created)) return created;
  struct stat file = {};
  if (stat(path.c_str(), &file) != 0) return ErrnoStatus(errno, path);
  if ((file.st_mode & 077) != 0) {
    return FailedPrecondition(
        fmt::format("{} has mode {:04o}, so others can reach the ledger: chmod 600 {}", path,
                    file.st_mode & 07777, path));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path) {
  using Access = SqliteConnection::Access;
  MAYFLY_ASSIGN_OR_RETURN(ProcessLock lock, ProcessLock::Take(path + ".lock"));
  MAYFLY_RETURN_IF_ERROR(MakePrivateFile(path));
  MAYFLY_ASSIGN_OR_RETURN(auto writer, SqliteConnection::Open(path, Access::kReadWrite));
  MAYFLY_ASSIGN_OR_RETURN(auto checkpoint, SqliteConnection::Open(path, Access::kReadWrite));
  MAYFLY_ASSIGN_OR_RETURN(auto readers, ReaderPool::Open(path));
  return std::make_unique<SqliteStore>(std::move(lock), std::move(writer), std::move(checkpoint),
                                       std::move(readers));
}

}  // namespace mayfly::store
