#ifndef MAYFLY_CA_STORE_READER_POOL_H_
#define MAYFLY_CA_STORE_READER_POOL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "ca/store/sqlite_connection.h"

namespace mayfly::store {

// A few connections for reading. In WAL mode a reader sees the last commit and waits for no writer;
// a caller waits only while all connections are lent. Thread-safe.
class ReaderPool {
 public:
  static absl::StatusOr<std::unique_ptr<ReaderPool>> Open(const std::string& path);

  // Runs all reads in one snapshot.
  absl::StatusOr<std::vector<Rows>> Read(const std::vector<Operation>& operations);

 private:
  class Lease;
  std::unique_ptr<SqliteConnection> Take();
  void GiveBack(std::unique_ptr<SqliteConnection> connection);

  Mutex mutex_;
  ConditionVariable returned_;
  std::vector<std::unique_ptr<SqliteConnection>> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_READER_POOL_H_
