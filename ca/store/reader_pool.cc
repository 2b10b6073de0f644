#include "ca/store/reader_pool.h"

#include <utility>

#include "base/status.h"

namespace mayfly::store {
namespace {

constexpr int kReaders = 4;  // Each costs three descriptors and up to 4 MiB of cache.

absl::StatusOr<std::vector<Rows>> RunAll(SqliteConnection& connection,
                                         const std::vector<Operation>& operations) {
  std::vector<Rows> results;
  for (const Operation& operation : operations) {
    MAYFLY_ASSIGN_OR_RETURN(Rows rows, connection.Run(operation));
    results.push_back(std::move(rows));
  }
  return results;
}

}  // namespace

class ReaderPool::Lease {
 public:
  explicit Lease(ReaderPool& pool) : pool_(pool), connection_(pool.Take()) {}
  ~Lease() { pool_.GiveBack(std::move(connection_)); }
  SqliteConnection& operator*() { return *connection_; }

 private:
  ReaderPool& pool_;
  std::unique_ptr<SqliteConnection> connection_;
};

absl::StatusOr<std::unique_ptr<ReaderPool>> ReaderPool::Open(const std::string& path) {
  auto pool = std::make_unique<ReaderPool>();
  for (int i = 0; i < kReaders; ++i) {
    MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> connection,
                            SqliteConnection::Open(path, SqliteConnection::Access::kReadOnly));
    pool->GiveBack(std::move(connection));
  }
  return pool;
}

absl::StatusOr<std::vector<Rows>> ReaderPool::Read(const std::vector<Operation>& operations) {
  Lease lease(*this);
  SqliteConnection& connection = *lease;
  if (operations.size() == 1)
    return RunAll(connection, operations);  // One statement is one moment.
  MAYFLY_RETURN_IF_ERROR(connection.BeginReading());
  absl::StatusOr<std::vector<Rows>> results = RunAll(connection, operations);
  connection.Rollback();
  return results;
}

std::unique_ptr<SqliteConnection> ReaderPool::Take() {
  MutexLock lock(mutex_);
  while (free_.empty()) returned_.Wait(mutex_);
  std::unique_ptr<SqliteConnection> connection = std::move(free_.back());
  free_.pop_back();
  return connection;
}

void ReaderPool::GiveBack(std::unique_ptr<SqliteConnection> connection) {
  {
    MutexLock lock(mutex_);
    free_.push_back(std::move(connection));
  }
  returned_.NotifyOne();
}

}  // namespace mayfly::store
