#include "ca/store/migrations.h"

#include <string_view>

#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::store {
namespace {

constexpr Statement kReadVersion{"read schema version",
                                 "SELECT COALESCE(MAX(version), 0) FROM schema_version"};
constexpr Statement kAddVersion{"add schema version",
                                "INSERT INTO schema_version(version) VALUES($1)"};

void Replace(std::string& text, std::string_view word, std::string_view with) {
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += with.size()) {
    text.replace(at, word.size(), with);
  }
}

std::string InSqlite(std::string sql) {
  Replace(sql, "{I64}", "INTEGER");
  Replace(sql, "{BLOB}", "BLOB");
  Replace(sql, "{STRICT}", "STRICT");
  Replace(sql, "{CLUSTERED}", "STRICT, WITHOUT ROWID");
  return sql;
}

Operation AddVersion(int version) {
  Operation operation;
  operation.statement = &kAddVersion;
  operation.arguments = {int64_t{version}};
  return operation;
}

absl::StatusOr<int64_t> VersionOf(SqliteConnection& connection) {
  MAYFLY_RETURN_IF_ERROR(connection.Execute(
      "CREATE TABLE IF NOT EXISTS schema_version(version INTEGER PRIMARY KEY) STRICT"));
  Operation read;
  read.statement = &kReadVersion;
  MAYFLY_ASSIGN_OR_RETURN(const Rows rows, connection.Run(read));
  return std::get<int64_t>(rows.at(0).at(0));
}

absl::Status Apply(SqliteConnection& connection, const Migration& migration) {
  MAYFLY_RETURN_IF_ERROR(connection.Begin());
  absl::Status status = connection.Execute(InSqlite(migration.sql));
  if (status.ok()) status = connection.Run(AddVersion(migration.version)).status();
  if (status.ok()) status = connection.Commit();
  connection.Rollback();  // Does nothing after a commit.
  return Annotate(status, fmt::format("schema version {}", migration.version));
}

}  // namespace

absl::Status MigrateSqlite(SqliteConnection& connection, const std::vector<Migration>& migrations) {
  MAYFLY_ASSIGN_OR_RETURN(const int64_t current, VersionOf(connection));
  const int64_t newest = migrations.empty() ? 0 : migrations.back().version;
  if (current > newest) {
    return FailedPrecondition(fmt::format(
        "the store has schema version {}, written by a newer mayflyd; this one knows "
        "versions up to {}: run the newer mayflyd, or restore a backup made by this one",
        current, newest));
  }
  int64_t previous = 0;
  for (const Migration& migration : migrations) {
    MAYFLY_CHECK(migration.version > previous);
    previous = migration.version;
    if (migration.version > current) MAYFLY_RETURN_IF_ERROR(Apply(connection, migration));
  }
  return absl::OkStatus();
}

}  // namespace mayfly::store
