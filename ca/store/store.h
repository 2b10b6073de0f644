// Store: durable tables under the ledger. SQL is written once; an engine is a small driver.
#ifndef MAYFLY_CA_STORE_STORE_H_
#define MAYFLY_CA_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace mayfly::store {

struct Null {
  friend bool operator==(const Null&, const Null&) = default;
};
using Value = std::variant<Null, int64_t, std::string, Bytes>;
using Row = std::vector<Value>;
using Rows = std::vector<Row>;

// One statement; its address is its identity (drivers keep it prepared). Parameters are written $1
// … $n and bound by name. Only SQL that SQLite and PostgreSQL read alike: ON CONFLICT, RETURNING,
// CTEs.
struct Statement {
  const char* name;
  const char* sql;
};

// One statement to run, and what its outcome must be for the transaction to stand.
struct Operation {
  enum class Expect {
    kAnything,
    kRows,  // At least one row is returned or changed; otherwise `failure` is the answer.
  };
  const Statement* statement = nullptr;
  std::vector<Value> arguments;
  Expect expect = Expect::kAnything;
  absl::Status failure;  // Also the answer when a constraint (UNIQUE, CHECK) refuses the statement,
                         // unless it is OK: then kAlreadyExists.
};

// A schema change, applied once, in order of version, each in a transaction of its own.
struct Migration {
  int version;
  // With {I64}, {BLOB}, {STRICT} and {CLUSTERED} where the engines' words differ; a clustered table
  // is its primary key's index.
  std::string sql;
};

// Thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  // Runs all `operations` or none. Returns the rows of each, and only once they are durable.
  // Members of concurrent calls share one durable commit; one that fails fails alone.
  //   the `failure` of the operation that was not met
  //   kAlreadyExists      a constraint refused, and the operation named no failure
  //   kResourceExhausted  the disk is full; kDataLoss, it reports errors: nothing was written
  //   kUnavailable        the store is closing or cannot be reached
  virtual absl::StatusOr<std::vector<Rows>> Write(std::vector<Operation> operations) = 0;

  // The same without waiting: `written` is called once with what Write would return, perhaps before
  // this returns, else by the thread that commits, which it must not keep.
  using Written = std::function<void(absl::StatusOr<std::vector<Rows>>)>;
  virtual void WriteThen(std::vector<Operation> operations, Written written) = 0;

  // Runs all `operations` or none, soon: together with the next Write, or by itself within a tenth
  // of a second. Nobody is told; a process that ends in between loses it. For what completes a
  // record and is no condition of anything.
  virtual void WriteLater(std::vector<Operation> operations) {
    Write(std::move(operations)).status().IgnoreError();
  }

  // Reads committed data. Does not wait for writers.
  virtual absl::StatusOr<Rows> Read(const Operation& operation) = 0;
  // Several reads of one moment.
  virtual absl::StatusOr<std::vector<Rows>> ReadTogether(
      const std::vector<Operation>& operations) = 0;

  // OK, or what is wrong with it although it reads and writes: a sentence that says what to do.
  virtual absl::Status Condition() const = 0;

  // kFailedPrecondition when the store was written by a newer version (names both).
  virtual absl::Status Migrate(const std::vector<Migration>& migrations) = 0;
};

// SQLite in WAL mode with synchronous=FULL, at `path` (created with mode 0600). One process at a
// time: kFailedPrecondition when another holds it.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path);

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_STORE_H_
