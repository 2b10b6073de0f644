#ifndef MAYFLY_CA_STORE_LOG_VFS_H_
#define MAYFLY_CA_STORE_LOG_VFS_H_

#include <sqlite3.h>

namespace mayfly::store {

// sqlite3_open_v2 with a VFS (https://sqlite.org/vfs.html) that is the default one but for the
// write-ahead log: what is appended to it is kept, up to 128 KiB, until SQLite asks for more than
// to append, and written by one call. SQLite itself makes two for each page.
//
// It needs synchronous=FULL, with which SQLite tells others of a commit only after the sync, so
// that nobody can miss what is kept; SQLITE_IOCAP_POWERSAFE_OVERWRITE, without which SQLite pads
// the log after the sync; and cache_spill=OFF, so that nothing is kept beyond the commit that it is
// part of. When what was kept cannot be written, the call that made it necessary fails, the sync as
// a rule, and what was kept is forgotten: SQLite rolls the transaction back.
//
// Thread-safe. Such a connection cannot ATTACH or VACUUM.
int OpenKeepingLog(const char* path, sqlite3** database, int flags);

}  // namespace mayfly::store

#endif  // MAYFLY_CA_STORE_LOG_VFS_H_
