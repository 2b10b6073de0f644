#ifndef MAYFLY_CA_STORE_MIGRATIONS_H_
#define MAYFLY_CA_STORE_MIGRATIONS_H_

#include <vector>

#include "absl/status/status.h"
#include "ca/store/sqlite_connection.h"
#include "ca/store/store.h"

namespace mayfly::store {

// Applies those of `migrations` that the database has not seen; the table schema_version says which
// it has.
//   kFailedPrecondition  the database has seen one that is not in `migrations`: it is newer
absl::Status MigrateSqlite(SqliteConnection& connection, const std::vector<Migration>& migrations);

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_MIGRATIONS_H_
