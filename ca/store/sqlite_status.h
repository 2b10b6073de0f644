#ifndef MAYFLY_CA_STORE_SQLITE_STATUS_H_
#define MAYFLY_CA_STORE_SQLITE_STATUS_H_

#include <string_view>

#include "absl/status/status.h"

namespace mayfly::store {

// What an extended result code of SQLite means to a caller. `system_error` is the errno behind it,
// or 0.
absl::Status SqliteStatus(int code, int system_error, std::string_view detail);

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_SQLITE_STATUS_H_
