#ifndef MAYFLY_CA_STORE_SQLITE_CONNECTION_H_
#define MAYFLY_CA_STORE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ca/store/store.h"

namespace mayfly::store {

// One connection to a database, with its statements kept prepared. Not thread-safe.
class SqliteConnection {
 public:
  enum class Access { kReadWrite, kReadOnly };

  // Opens an existing file, in WAL mode with synchronous=FULL.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path,
                                                                Access access);

  // Runs one statement to its end. A refused constraint or an unmet expectation is the operation's
  // `failure`; other errors are as Store::Write has them.
  absl::StatusOr<Rows> Run(const Operation& operation);
  // Runs SQL text that takes no parameters and whose rows nobody wants; may be several statements.
  absl::Status Execute(const std::string& sql);

  absl::Status Begin();  // For writing, at once. Leaves behind whatever transaction was open.
  absl::Status BeginReading();
  absl::Status Commit();
  void Rollback();
  // False once SQLite itself has ended the transaction, as it does for a full disk.
  bool InTransaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

  // Moves pages from the log into the database, as many as no reader still needs, durably: how long
  // the log was and how much of it is moved, in pages. An error: it could not, and may be tried
  // again; nothing is lost. kUnavailable: it was busy, by another program or for a moment.
  //
  // Ends the process when the disk could not write back what was moved. Linux says so once and
  // takes the pages for written, and SQLite has noted them as moved: once they have left the page
  // cache, old ones would be read, and the log begun anew. The log still has them, and whoever
  // opens the database while nobody else has it open moves it as a whole.
  absl::Status Checkpoint(int* in_log, int* moved);

  sqlite3* handle() { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  struct Prepared {
    std::unique_ptr<sqlite3_stmt, Close> statement;
    std::vector<int> parameters;  // parameters[i]: the number that SQLite gave to $(i + 1).
  };

  explicit SqliteConnection(sqlite3* database) : database_(database) {}
  absl::StatusOr<Prepared*> Prepare(const Statement& statement);
  absl::Status RunPlain(const Statement& statement);
  absl::Status LastError(int code) const;
  void SyncDatabase();

  std::unique_ptr<sqlite3, Close> database_;
  std::unordered_map<const Statement*, Prepared> prepared_;  // Goes before the database.
};

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_SQLITE_CONNECTION_H_
