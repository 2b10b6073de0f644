// A world for tests of stores: one table of numbered rows.
#ifndef MAYFLY_TESTS_CA_STORE_STORE_FIXTURE_H_
#define MAYFLY_TESTS_CA_STORE_STORE_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "ca/store/store.h"

namespace mayfly::store {

inline constexpr Statement kInsert{"insert", "INSERT INTO things(id, name) VALUES ($1, $2)"};
inline constexpr Statement kInsertAll{
    "insert all",
    "INSERT INTO things(id, name, data) VALUES ($1, $2, $3) RETURNING id, name, data"};
inline constexpr Statement kRename{"rename", "UPDATE things SET name = $1 WHERE id = $2"};
inline constexpr Statement kFind{"find", "SELECT id, name, data FROM things WHERE id = $1"};
inline constexpr Statement kCount{"count", "SELECT COUNT(*) FROM things"};
inline constexpr Statement kIds{"ids", "SELECT id FROM things ORDER BY id"};
inline constexpr Statement kSwapped{"swapped",
                                    "SELECT name FROM things WHERE name = $2 AND id = $1"};

inline std::vector<Migration> ThingsSchema() {
  return {{1,
           "CREATE TABLE things(id {I64} PRIMARY KEY CHECK (id > 0), name TEXT NOT NULL UNIQUE, "
           "data {BLOB}) {STRICT}"}};
}

inline Operation Make(const Statement& statement, std::vector<Value> arguments) {
  Operation operation;
  operation.statement = &statement;
  operation.arguments = std::move(arguments);
  return operation;
}

inline Operation Insert(int64_t id) { return Make(kInsert, {id, "thing " + std::to_string(id)}); }

// An update that must find its row.
inline Operation MustRename(int64_t id, const std::string& name, absl::Status failure) {
  Operation operation = Make(kRename, {name, id});
  operation.expect = Operation::Expect::kRows;
  operation.failure = std::move(failure);
  return operation;
}

inline int64_t CountOf(Store& store) {
  const absl::StatusOr<Rows> rows = store.Read(Make(kCount, {}));
  return rows.ok() ? std::get<int64_t>(rows->at(0).at(0)) : -1;
}

inline std::vector<int64_t> IdsIn(Store& store) {
  std::vector<int64_t> ids;
  const absl::StatusOr<Rows> rows = store.Read(Make(kIds, {}));
  if (!rows.ok()) return {-1};
  for (const Row& row : *rows) ids.push_back(std::get<int64_t>(row.at(0)));
  return ids;
}

// A store with the table.
inline absl::StatusOr<std::unique_ptr<Store>> OpenThings(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenSqliteStore(path));
  MAYFLY_RETURN_IF_ERROR(store->Migrate(ThingsSchema()));
  return store;
}

}  // namespace mayfly::store

#endif  // MAYFLY_TESTS_CA_STORE_STORE_FIXTURE_H_
