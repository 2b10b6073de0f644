#include "ca/store/sqlite_status.h"

#include <sqlite3.h>

#include <cerrno>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::store {
namespace {

bool MeansFull(int code, int system_error) {
  // SQLite itself calls only ENOSPC "full"; a spent quota comes as an I/O error.
  return code == SQLITE_FULL ||
         (code == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT));
}

}  // namespace

absl::Status SqliteStatus(int code, int system_error, std::string_view detail) {
  const std::string cause = EscapeForTerminal(detail);
  const int primary = code & 0xff;
  if (MeansFull(primary, system_error)) {
    return ResourceExhausted(fmt::format(
        "the disk of the store is full ({}): nothing was recorded; free some space", cause));
  }
  switch (primary) {
    case SQLITE_OK:
      return absl::OkStatus();
    case SQLITE_CONSTRAINT:
      return AlreadyExists(cause);
    case SQLITE_IOERR:
      return DataLoss(fmt::format(
          "the disk of the store reports errors ({}, code {}): nothing was recorded", cause, code));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DataLoss(
          fmt::format("the store is damaged or no store at all ({}): restore a backup", cause));
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ResourceExhausted(fmt::format("the store ran out of memory ({})", cause));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Unavailable(
          fmt::format("another program keeps the store locked ({}): end it and try again", cause));
    case SQLITE_CANTOPEN:
      return Unavailable(fmt::format("the store cannot be opened ({})", cause));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return PermissionDenied(fmt::format("the store cannot be written ({})", cause));
    default:
      return Internal(fmt::format("the store failed ({}, code {})", cause, code));
  }
}

}  // namespace mayfly::store
