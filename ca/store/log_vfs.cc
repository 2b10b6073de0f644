#include "ca/store/log_vfs.h"

#include <sqlite3.h>

#include <map>
#include <memory>
#include <new>

#include "base/bytes.h"
#include "base/mutex.h"
#include "base/status.h"

namespace mayfly::store {
namespace {

// SQLite's own VFS for Unix takes lengths modulo 2^17: of that much it would write nothing, and say
// that the disk is full.
constexpr size_t kMostKept = (size_t{1} << 17) - 1;

// In memory that SQLite lends, with the default VFS's file behind it.
class LogFile : public sqlite3_file {
 public:
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }

  int Append(const void* from, int size, sqlite3_int64 at) {
    const auto end = start_ + static_cast<sqlite3_int64>(kept_.size());
    if (at != end || kept_.size() + static_cast<size_t>(size) > kMostKept) {
      if (const int code = WriteKept(); code != SQLITE_OK) return code;
    }
    if (kept_.empty()) start_ = at;
    kept_.reserve(kMostKept);  // Once.
    const auto* bytes = static_cast<const uint8_t*>(from);
    kept_.insert(kept_.end(), bytes, bytes + size);
    return SQLITE_OK;
  }

  int WriteKept() {
    if (kept_.empty()) return SQLITE_OK;
    const int code =
        real()->pMethods->xWrite(real(), kept_.data(), static_cast<int>(kept_.size()), start_);
    kept_.clear();
    return code;
  }

 private:
  Bytes kept_;
  sqlite3_int64 start_ = 0;  // Where in the log it belongs.
};

LogFile& Of(sqlite3_file* file) { return *static_cast<LogFile*>(file); }

int Close(sqlite3_file* file) {
  sqlite3_file* real = Of(file).real();
  const int code = real->pMethods->xClose(real);
  Of(file).~LogFile();  // What it keeps was never committed.
  return code;
}

int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  return Of(file).Append(from, size, at);
}

int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  // After this error SQLite rolls all back; a full disk it does not expect here, and might go on.
  if (Of(file).WriteKept() != SQLITE_OK) return SQLITE_IOERR_WRITE;
  return Of(file).real()->pMethods->xRead(Of(file).real(), to, size, at);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = Of(file).WriteKept();
  return code != SQLITE_OK ? code : Of(file).real()->pMethods->xTruncate(Of(file).real(), size);
}

int Sync(sqlite3_file* file, int flags) {
  const int code = Of(file).WriteKept();
  return code != SQLITE_OK ? code : Of(file).real()->pMethods->xSync(Of(file).real(), flags);
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  const int code = Of(file).WriteKept();
  return code != SQLITE_OK ? code : Of(file).real()->pMethods->xFileSize(Of(file).real(), size);
}

// SQLite locks the database, never the log.
int Lock(sqlite3_file*, int) { return SQLITE_OK; }
int CheckReservedLock(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}

int FileControl(sqlite3_file* file, int operation, void* argument) {
  const int code = Of(file).WriteKept();
  if (code != SQLITE_OK) return code;
  return Of(file).real()->pMethods->xFileControl(Of(file).real(), operation, argument);
}

int SectorSize(sqlite3_file* file) {
  return Of(file).real()->pMethods->xSectorSize(Of(file).real());
}

int Characteristics(sqlite3_file* file) {
  return Of(file).real()->pMethods->xDeviceCharacteristics(Of(file).real());
}

constexpr sqlite3_io_methods kLogMethods = {
    .iVersion = 1,
    .xClose = Close,
    .xRead = Read,
    .xWrite = Write,
    .xTruncate = Truncate,
    .xSync = Sync,
    .xFileSize = FileSize,
    .xLock = Lock,
    .xUnlock = Lock,
    .xCheckReservedLock = CheckReservedLock,
    .xFileControl = FileControl,
    .xSectorSize = SectorSize,
    .xDeviceCharacteristics = Characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags);

struct Vfs : sqlite3_vfs {
  explicit Vfs(sqlite3_vfs& default_vfs) : sqlite3_vfs(default_vfs), base(default_vfs) {
    zName = "mayfly-log";
    pNext = nullptr;
    szOsFile += static_cast<int>(sizeof(LogFile));
    xOpen = Open;
  }
  sqlite3_vfs& base;
};

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  sqlite3_vfs& base = static_cast<Vfs*>(vfs)->base;
  if ((flags & SQLITE_OPEN_WAL) == 0) return base.xOpen(&base, name, file, flags, out_flags);
  auto* log = new (file) LogFile();
  const int code = base.xOpen(&base, name, log->real(), flags, out_flags);
  if (code == SQLITE_OK) {
    log->pMethods = &kLogMethods;
  } else {
    log->~LogFile();
    file->pMethods = nullptr;  // So SQLite does not close it.
  }
  return code;
}

// Never among those that SQLite knows for longer than an open takes: it could become the default.
class Registered {
 public:
  explicit Registered(Vfs& vfs) : vfs_(vfs) {
    MAYFLY_CHECK(sqlite3_vfs_register(&vfs_, /*makeDflt=*/0) == SQLITE_OK);
  }
  ~Registered() { sqlite3_vfs_unregister(&vfs_); }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;

 private:
  Vfs& vfs_;
};

}  // namespace

int OpenKeepingLog(const char* path, sqlite3** database, int flags) {
  static Mutex mutex;
  static auto* const known = new std::map<sqlite3_vfs*, std::unique_ptr<Vfs>>();
  const MutexLock lock(mutex);
  sqlite3_vfs* base = sqlite3_vfs_find(nullptr);
  MAYFLY_CHECK(base != nullptr);
  std::unique_ptr<Vfs>& vfs = (*known)[base];
  if (vfs == nullptr) vfs = std::make_unique<Vfs>(*base);
  const Registered registered(*vfs);
  return sqlite3_open_v2(path, database, flags, vfs->zName);
}

}  // namespace mayfly::store
