#include "ca/store/sqlite_connection.h"

#include <poll.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "base/status.h"
#include "ca/store/log_vfs.h"
#include "ca/store/sqlite_status.h"
#include "fmt/format.h"

namespace mayfly::store {
namespace {

// Only a foreign program (a backup, a curious sqlite3) can hold a lock that we wait for.
constexpr int kBusyMilliseconds = 2000;

constexpr Statement kBeginImmediate{"begin", "BEGIN IMMEDIATE"};
constexpr Statement kBegin{"begin reading", "BEGIN"};
constexpr Statement kCommit{"commit", "COMMIT"};
constexpr Statement kRollback{"roll back", "ROLLBACK"};

int BindValue(sqlite3_stmt* statement, int index, const Value& value) {
  return std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, Null>) {
          return sqlite3_bind_null(statement, index);
        } else if constexpr (std::is_same_v<T, int64_t>) {
          return sqlite3_bind_int64(statement, index, v);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return sqlite3_bind_text64(statement, index, v.data(), v.size(), SQLITE_STATIC,
                                     SQLITE_UTF8);
        } else {
          // A null pointer would bind NULL, and an empty vector may have one.
          if (v.empty()) return sqlite3_bind_zeroblob(statement, index, 0);
          return sqlite3_bind_blob64(statement, index, v.data(), v.size(), SQLITE_STATIC);
        }
      },
      value);
}

// By name, and once a statement: SQLite numbers $N by first appearance, not by N.
std::vector<int> ParametersOf(sqlite3_stmt* statement) {
  std::vector<int> parameters(static_cast<size_t>(sqlite3_bind_parameter_count(statement)));
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string name = fmt::format("${}", i + 1);
    parameters[i] = sqlite3_bind_parameter_index(statement, name.c_str());
    MAYFLY_CHECK(parameters[i] != 0);
  }
  return parameters;
}

int BindAll(sqlite3_stmt* statement, const std::vector<int>& parameters,
            const std::vector<Value>& arguments) {
  MAYFLY_CHECK(parameters.size() == arguments.size());
  for (size_t i = 0; i < arguments.size(); ++i) {
    const int code = BindValue(statement, parameters[i], arguments[i]);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

Value ColumnValue(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const uint8_t*>(sqlite3_column_blob(statement, column));
      return Bytes(bytes, bytes + sqlite3_column_bytes(statement, column));
    }
    default:
      return Null();
  }
}

int StepAll(sqlite3_stmt* statement, Rows& rows) {
  const int columns = sqlite3_column_count(statement);
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    Row& row = rows.emplace_back();
    for (int column = 0; column < columns; ++column) row.push_back(ColumnValue(statement, column));
  }
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

// SQLite keeps silent when a file system cannot do shared memory, and stays in its old mode.
absl::Status CheckJournalMode(SqliteConnection& connection) {
  static constexpr Statement kJournalMode{"journal mode", "PRAGMA journal_mode"};
  Operation ask;
  ask.statement = &kJournalMode;
  MAYFLY_ASSIGN_OR_RETURN(const Rows rows, connection.Run(ask));
  if (rows == Rows{{std::string("wal")}}) return absl::OkStatus();
  return FailedPrecondition(
      "this file system cannot keep a write-ahead log: put the state directory on a local disk");
}

// What OpenKeepingLog needs.
absl::Status CheckMayKeepLog(SqliteConnection& connection) {
  static constexpr Statement kSynchronous{"synchronous", "PRAGMA synchronous"};
  constexpr int64_t kFull = 2;
  Operation ask;
  ask.statement = &kSynchronous;
  MAYFLY_ASSIGN_OR_RETURN(const Rows rows, connection.Run(ask));
  sqlite3_file* file = nullptr;
  sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (rows == Rows{{kFull}} && file != nullptr &&
      (file->pMethods->xDeviceCharacteristics(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0) {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      "SQLite does not sync this file as it should: name it by a plain path, not by a URI");
}

class ResetOnReturn {
 public:
  explicit ResetOnReturn(sqlite3_stmt* statement) : statement_(statement) {}
  ~ResetOnReturn() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);  // They point into the operation.
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path,
                                                                         Access access) {
  sqlite3* database = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                         SQLITE_OPEN_PRIVATECACHE;
  const int code = access == Access::kReadWrite
                       ? OpenKeepingLog(path.c_str(), &database, kFlags)
                       : sqlite3_open_v2(path.c_str(), &database, kFlags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database));
  if (code != SQLITE_OK) return Annotate(connection->LastError(code), path);
  sqlite3_busy_timeout(database, kBusyMilliseconds);
  // The schema is ours alone: a planted trigger or a corrupt schema must not run as us.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  MAYFLY_RETURN_IF_ERROR(
      Annotate(connection->Execute("PRAGMA trusted_schema=OFF; PRAGMA journal_mode=WAL;"
                                   "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                                   "PRAGMA cache_size=-4096;"),
               path));
  MAYFLY_RETURN_IF_ERROR(Annotate(CheckJournalMode(*connection), path));
  if (access == Access::kReadWrite) {
    MAYFLY_RETURN_IF_ERROR(Annotate(CheckMayKeepLog(*connection), path));
    MAYFLY_RETURN_IF_ERROR(Annotate(connection->Execute("PRAGMA cache_spill=OFF"), path));
  }
  if (access == Access::kReadOnly) {
    // Whatever is committed empties the cache of who only reads, so a large one is never used.
    MAYFLY_RETURN_IF_ERROR(
        Annotate(connection->Execute("PRAGMA query_only=ON; PRAGMA cache_size=-1024;"), path));
  }
  return connection;
}

absl::Status SqliteConnection::LastError(int code) const {
  if (database_ == nullptr) return SqliteStatus(SQLITE_NOMEM, 0, "no connection");
  return SqliteStatus(code, sqlite3_system_errno(database_.get()), sqlite3_errmsg(database_.get()));
}

absl::StatusOr<SqliteConnection::Prepared*> SqliteConnection::Prepare(const Statement& statement) {
  Prepared& prepared = prepared_[&statement];
  if (prepared.statement == nullptr) {
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), statement.sql, -1,
                                        SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (code != SQLITE_OK) return Annotate(LastError(code), statement.name);
    prepared.statement.reset(made);
    prepared.parameters = ParametersOf(made);
  }
  return &prepared;
}

absl::StatusOr<Rows> SqliteConnection::Run(const Operation& operation) {
  MAYFLY_ASSIGN_OR_RETURN(const Prepared* prepared, Prepare(*operation.statement));
  sqlite3_stmt* statement = prepared->statement.get();
  ResetOnReturn reset(statement);
  const sqlite3_int64 changes_before = sqlite3_total_changes64(database_.get());
  Rows rows;
  int code = BindAll(statement, prepared->parameters, operation.arguments);
  if (code == SQLITE_OK) code = StepAll(statement, rows);
  if ((code & 0xff) == SQLITE_CONSTRAINT && !operation.failure.ok()) return operation.failure;
  if (code != SQLITE_OK) return Annotate(LastError(code), operation.statement->name);
  const bool none = rows.empty() && sqlite3_total_changes64(database_.get()) == changes_before;
  if (operation.expect == Operation::Expect::kRows && none) {
    if (!operation.failure.ok()) return operation.failure;
    return NotFound(fmt::format("{}: no such row", operation.statement->name));
  }
  return rows;
}

absl::Status SqliteConnection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : LastError(code);
}

absl::Status SqliteConnection::Begin() {
  Rollback();
  return RunPlain(kBeginImmediate);
}

absl::Status SqliteConnection::BeginReading() { return RunPlain(kBegin); }

absl::Status SqliteConnection::Commit() { return RunPlain(kCommit); }

void SqliteConnection::Rollback() {
  if (InTransaction()) RunPlain(kRollback).IgnoreError();
}

absl::Status SqliteConnection::Checkpoint(int* in_log, int* moved) {
  // What it could not write or sync by itself it does not note as moved. An error of its own sync
  // may be about pages that another connection has moved; that one's sync is told of it as well.
  const int code =
      sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, in_log, moved);
  if (code != SQLITE_OK) {
    const char* path = sqlite3_db_filename(database_.get(), "main");
    // SQLite sets it for these alone and never clears it: it may be an earlier call's.
    const int primary = code & 0xff;
    const int error = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN
                          ? sqlite3_system_errno(database_.get())
                          : 0;
    return MakeStatus(SqliteStatus(code, error, "").code(),
                      fmt::format("what is recorded stays in {0}-wal, which grows: it could not be "
                                  "moved into {0} ({1}{2}). Nothing is lost, and it is tried again "
                                  "every second; see to the disk",
                                  path, sqlite3_errstr(code),
                                  error == 0 ? "" : ", " + std::generic_category().message(error)));
  }
  SyncDatabase();
  return absl::OkStatus();
}

// SQLite itself does so only with the last page of the log.
void SqliteConnection::SyncDatabase() {
  sqlite3_file* file = nullptr;
  int code = sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  if (code == SQLITE_OK) return;
  int error = 0;  // The file's own, for it was not SQLite that called.
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_LAST_ERRNO, &error);
  const std::string line = fmt::format(
      "the disk could not write {0}{1}. Nothing that was answered is lost, for it is in {0}-wal, "
      "but "
      "what is read from now on may be old, so this program ends. See to the disk, end all "
      "programs "
      "that have the file open, and start again\n",
      sqlite3_db_filename(database_.get(), "main"),
      error == 0 ? "" : fmt::format(" ({})", std::generic_category().message(error)));
  pollfd ready = {STDERR_FILENO, POLLOUT, 0};  // Whoever should read it may have stopped.
  if (poll(&ready, 1, 0) == 1) (void)!write(STDERR_FILENO, line.data(), line.size());
  std::_Exit(EX_IOERR);
}

absl::Status SqliteConnection::RunPlain(const Statement& statement) {
  Operation operation;
  operation.statement = &statement;
  return Run(operation).status();
}

}  // namespace mayfly::store
