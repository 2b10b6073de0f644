#include "tests/ca/store/faulty_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cstring>

namespace mayfly::store {
namespace {

std::atomic<int> left{0};  // Calls until the fault; 0 = disarmed.
std::atomic<int> fault_code{0};
std::atomic<bool> struck{false};
std::atomic<int> database_syncs{0};           // Likewise, one more.
std::atomic<int> database_writes{SQLITE_OK};  // What they end with.
std::atomic<int> log_writes{0};
std::atomic<int> synced{0};  // Databases.
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs faulty_vfs;

// SQLite's file, ours first, the real one behind it.
struct File {
  sqlite3_file base;
  bool is_database;
  bool is_log;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

int Strike() {
  int now = left.load();
  while (now > 1 && !left.compare_exchange_weak(now, now - 1)) {
  }
  if (now != 1) return SQLITE_OK;
  struck = true;
  return fault_code;
}

int Close(sqlite3_file* f) { return Of(f)->real()->pMethods->xClose(Of(f)->real()); }
int Read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
  return Of(f)->real()->pMethods->xRead(Of(f)->real(), to, n, at);
}
int Write(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
  if (Of(f)->is_log) ++log_writes;
  if (Of(f)->is_database && database_writes != SQLITE_OK) return database_writes;
  const int code = Strike();
  return code != SQLITE_OK ? code : Of(f)->real()->pMethods->xWrite(Of(f)->real(), from, n, at);
}
int Truncate(sqlite3_file* f, sqlite3_int64 size) {
  return Of(f)->real()->pMethods->xTruncate(Of(f)->real(), size);
}
int Sync(sqlite3_file* f, int flags) {
  if (Of(f)->is_database) ++synced;
  if (Of(f)->is_database && database_syncs > 0 && --database_syncs <= 1) {
    database_syncs = 1;
    return SQLITE_IOERR_FSYNC;
  }
  const int code = Strike();
  return code != SQLITE_OK ? code : Of(f)->real()->pMethods->xSync(Of(f)->real(), flags);
}
int FileSize(sqlite3_file* f, sqlite3_int64* size) {
  return Of(f)->real()->pMethods->xFileSize(Of(f)->real(), size);
}
int Lock(sqlite3_file* f, int level) {
  return Of(f)->real()->pMethods->xLock(Of(f)->real(), level);
}
int Unlock(sqlite3_file* f, int level) {
  return Of(f)->real()->pMethods->xUnlock(Of(f)->real(), level);
}
int CheckReservedLock(sqlite3_file* f, int* out) {
  return Of(f)->real()->pMethods->xCheckReservedLock(Of(f)->real(), out);
}
int FileControl(sqlite3_file* f, int op, void* argument) {
  return Of(f)->real()->pMethods->xFileControl(Of(f)->real(), op, argument);
}
int SectorSize(sqlite3_file* f) { return Of(f)->real()->pMethods->xSectorSize(Of(f)->real()); }
int Characteristics(sqlite3_file* f) {
  return Of(f)->real()->pMethods->xDeviceCharacteristics(Of(f)->real());
}
int ShmMap(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return Of(f)->real()->pMethods->xShmMap(Of(f)->real(), page, size, extend, out);
}
int ShmLock(sqlite3_file* f, int offset, int n, int flags) {
  return Of(f)->real()->pMethods->xShmLock(Of(f)->real(), offset, n, flags);
}
void ShmBarrier(sqlite3_file* f) { Of(f)->real()->pMethods->xShmBarrier(Of(f)->real()); }
int ShmUnmap(sqlite3_file* f, int remove) {
  return Of(f)->real()->pMethods->xShmUnmap(Of(f)->real(), remove);
}

const sqlite3_io_methods kMethods = {2,
                                     Close,
                                     Read,
                                     Write,
                                     Truncate,
                                     Sync,
                                     FileSize,
                                     Lock,
                                     Unlock,
                                     CheckReservedLock,
                                     FileControl,
                                     SectorSize,
                                     Characteristics,
                                     ShmMap,
                                     ShmLock,
                                     ShmBarrier,
                                     ShmUnmap,
                                     nullptr,
                                     nullptr};

int Open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out_flags) {
  const int code = real_vfs->xOpen(real_vfs, name, Of(f)->real(), flags, out_flags);
  Of(f)->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  Of(f)->is_log = (flags & SQLITE_OPEN_WAL) != 0;
  f->pMethods = Of(f)->real()->pMethods != nullptr ? &kMethods : nullptr;
  return code;
}

}  // namespace

FaultyVfs::FaultyVfs() {
  log_writes = 0;
  synced = 0;
  real_vfs = sqlite3_vfs_find(nullptr);
  faulty_vfs = *real_vfs;
  faulty_vfs.zName = "faulty";
  faulty_vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  faulty_vfs.xOpen = Open;
  sqlite3_vfs_register(&faulty_vfs, /*makeDflt=*/1);
}

FaultyVfs::~FaultyVfs() {
  Disarm();
  sqlite3_vfs_unregister(&faulty_vfs);
}

void FaultyVfs::Arm(int n, int code) {
  struck = false;
  fault_code = code;
  left = n;
}

void FaultyVfs::ArmDatabaseSync(int n) { database_syncs = n + 1; }

void FaultyVfs::ArmDatabaseWrites(int code) { database_writes = code; }

void FaultyVfs::Disarm() {
  database_writes = SQLITE_OK;
  left = 0;
  database_syncs = 0;
}

bool FaultyVfs::Struck() const { return struck; }

int FaultyVfs::DatabaseSyncs() const { return synced; }
int FaultyVfs::LogWrites() const { return log_writes; }

}  // namespace mayfly::store
