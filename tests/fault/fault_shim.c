/* Preloaded into the real mayflyd by tests: makes system calls fail when told, moves the clock, and
 * records what is written to the state directory, so that a test can lose what was not synced. */
#define _GNU_SOURCE
#include "tests/fault/fault_shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MAX_FILES 65536
#define MAX_NAME 64

static struct FaultControl* control;
static int trace_fd = -1;
static pthread_mutex_t trace_lock = PTHREAD_MUTEX_INITIALIZER;
static char names[MAX_FILES][MAX_NAME]; /* Of the state's files, by descriptor. */

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void Start(void) {
  const char* path = getenv("MAYFLY_FAULT_CONTROL");
  if (path == NULL) return;
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  void* at = mmap(NULL, sizeof(struct FaultControl), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED) return;
  control = at;
  const char* trace = getenv("MAYFLY_FAULT_TRACE");
  if (trace != NULL) {
    trace_fd = (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
  }
}

/* Whether this call is the one that fails; errno is set then. */
static int Strikes(int64_t call) {
  if (control == NULL || (control->calls & call) == 0) return 0;
  int64_t left = control->countdown;
  for (;;) {
    if (left <= 0) return 0;
    if (left == 1 && control->sticky != 0) break;
    if (__atomic_compare_exchange_n(&control->countdown, &left, left - 1, 0, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST)) {
      if (left == 1) break;
      return 0;
    }
  }
  __atomic_fetch_add(&control->struck, 1, __ATOMIC_SEQ_CST);
  errno = (int)control->error;
  return 1;
}

static const char* StateName(const char* path) {
  const char* at = path == NULL ? NULL : strstr(path, "/ca/state/");
  return at == NULL ? NULL : at + strlen("/ca/state/");
}
static int IsDatabase(int fd) { return strcmp(names[fd], "ledger.db") == 0; }
static int IsState(int fd) { return fd >= 0 && fd < MAX_FILES && names[fd][0] != '\0'; }

static void Trace(uint32_t type, const char* name, uint64_t offset, const void* data,
                  uint64_t size) {
  struct TraceRecord record = {type, (uint32_t)strlen(name), offset, size};
  struct iovec parts[3] = {{&record, sizeof record},
                           {(void*)name, record.name_size},
                           {(void*)data, data == NULL ? 0 : size}};
  syscall(SYS_writev, trace_fd, parts, 3);
}
static int Tracing(void) { return control != NULL && control->tracing != 0 && trace_fd >= 0; }

static int IsStateFolder(const char* path) {
  static const char kEnd[] = "/ca/state";
  const size_t size = path == NULL ? 0 : strlen(path);
  return size >= strlen(kEnd) && strcmp(path + size - strlen(kEnd), kEnd) == 0;
}
static int IsThere(const char* path) { return syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0; }

static int Remember(int fd, const char* path, int created) {
  const char* name = IsStateFolder(path) ? "." : StateName(path);
  if (fd < 0 || fd >= MAX_FILES) return fd;
  names[fd][0] = '\0';
  if (name == NULL) return fd;
  strncpy(names[fd], name[0] == '\0' ? "." : name, MAX_NAME - 1);
  if (!created || !Tracing()) return fd;
  pthread_mutex_lock(&trace_lock);
  Trace(TRACE_CREATE, names[fd], 0, NULL, 0);
  pthread_mutex_unlock(&trace_lock);
  return fd;
}

#define OPEN_BODY(call)                                                      \
  mode_t mode = 0;                                                           \
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {                                \
    va_list rest;                                                            \
    va_start(rest, flags);                                                   \
    mode = (mode_t)va_arg(rest, int);                                        \
    va_end(rest);                                                            \
  }                                                                          \
  if (StateName(path) != NULL && Strikes(FAULT_OPEN)) return -1;             \
  const int creates = (flags & O_CREAT) != 0 && Tracing() && !IsThere(path); \
  return Remember(call, path, creates)

int open(const char* path, int flags, ...) {
  REAL(open);
  OPEN_BODY(real(path, flags, mode));
}
int open64(const char* path, int flags, ...) {
  REAL(open64);
  OPEN_BODY(real(path, flags, mode));
}
int openat(int at, const char* path, int flags, ...) {
  REAL(openat);
  OPEN_BODY(real(at, path, flags, mode));
}
int openat64(int at, const char* path, int flags, ...) {
  REAL(openat64);
  OPEN_BODY(real(at, path, flags, mode));
}

int close(int fd) {
  if (fd >= 0 && fd < MAX_FILES) names[fd][0] = '\0';
  return (int)syscall(SYS_close, fd);
}

static ssize_t WriteAt(int fd, const void* data, size_t size, off_t offset) {
  if (!Tracing()) return syscall(SYS_pwrite64, fd, data, size, offset);
  pthread_mutex_lock(&trace_lock);
  const ssize_t written = syscall(SYS_pwrite64, fd, data, size, offset);
  const int error = errno;
  if (written > 0) Trace(TRACE_WRITE, names[fd], (uint64_t)offset, data, (uint64_t)written);
  pthread_mutex_unlock(&trace_lock);
  errno = error;
  return written;
}
ssize_t write(int fd, const void* data, size_t size) {
  if (!IsState(fd)) return syscall(SYS_write, fd, data, size);
  if (Strikes(FAULT_WRITE)) return -1;
  if (!Tracing()) return syscall(SYS_write, fd, data, size);
  const off_t offset = lseek(fd, 0, SEEK_CUR);
  const ssize_t written = WriteAt(fd, data, size, offset);
  if (written > 0) lseek(fd, written, SEEK_CUR);
  return written;
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  if (IsState(fd) && IsDatabase(fd) && Strikes(FAULT_DATABASE_WRITE)) return -1;
  if (IsState(fd) && Strikes(FAULT_WRITE)) return -1;
  if (!IsState(fd)) return syscall(SYS_pwrite64, fd, data, size, offset);
  return WriteAt(fd, data, size, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return pwrite(fd, data, size, offset);
}

static int Truncate(int fd, off_t size) {
  if (IsState(fd) && Strikes(FAULT_WRITE)) return -1;
  if (!IsState(fd) || !Tracing()) return (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&trace_lock);
  const int result = (int)syscall(SYS_ftruncate, fd, size);
  if (result == 0) Trace(TRACE_TRUNCATE, names[fd], (uint64_t)size, NULL, 0);
  pthread_mutex_unlock(&trace_lock);
  return result;
}
int ftruncate(int fd, off_t size) { return Truncate(fd, size); }
int ftruncate64(int fd, off64_t size) { return Truncate(fd, size); }

static int Sync(long call, int fd) {
  const int64_t kind = IsState(fd) && IsDatabase(fd) ? FAULT_DATABASE_SYNC : FAULT_SYNC;
  if (IsState(fd) && strcmp(names[fd], ".") != 0 && Strikes(kind)) return -1;
  if (!IsState(fd) || !Tracing()) return (int)syscall(call, fd);
  pthread_mutex_lock(&trace_lock);
  /* Not asked of the disk: what counts is where in the trace it stands. */
  Trace(TRACE_SYNC, names[fd], 0, NULL, 0);
  pthread_mutex_unlock(&trace_lock);
  return 0;
}
int fsync(int fd) { return Sync(SYS_fsync, fd); }
int fdatasync(int fd) { return Sync(SYS_fdatasync, fd); }

int rename(const char* from, const char* to) {
  if (StateName(to) != NULL && Strikes(FAULT_RENAME)) return -1;
  return (int)syscall(SYS_rename, from, to);
}
int unlink(const char* path) {
  const char* name = StateName(path);
  if (name != NULL && Strikes(FAULT_RENAME)) return -1;
  const int result = (int)syscall(SYS_unlink, path);
  if (result == 0 && name != NULL && Tracing()) {
    pthread_mutex_lock(&trace_lock);
    Trace(TRACE_UNLINK, name, 0, NULL, 0);
    pthread_mutex_unlock(&trace_lock);
  }
  return result;
}

int accept4(int fd, struct sockaddr* address, socklen_t* size, int flags) {
  if (Strikes(FAULT_ACCEPT)) return -1;
  return (int)syscall(SYS_accept4, fd, address, size, flags);
}

int statvfs(const char* path, struct statvfs* out) {
  REAL(statvfs);
  const int result = real(path, out);
  if (result == 0 && control != NULL && control->free_bytes >= 0) {
    out->f_bavail = (fsblkcnt_t)control->free_bytes / out->f_frsize;
  }
  return result;
}
int statvfs64(const char* path, struct statvfs64* out) {
  REAL(statvfs64);
  const int result = real(path, out);
  if (result == 0 && control != NULL && control->free_bytes >= 0) {
    out->f_bavail = (fsblkcnt64_t)control->free_bytes / out->f_frsize;
  }
  return result;
}

int clock_gettime(clockid_t clock, struct timespec* out) {
  static __typeof__(&clock_gettime) real;
  if (real == NULL) real = (__typeof__(&clock_gettime))dlsym(RTLD_NEXT, "clock_gettime");
  const int result = real(clock, out);
  if (result != 0 || clock != CLOCK_REALTIME || control == NULL) return result;
  const int64_t offset = control->clock_offset_ns;
  int64_t seconds = out->tv_sec + offset / 1000000000;
  int64_t nanoseconds = out->tv_nsec + offset % 1000000000;
  if (nanoseconds < 0) nanoseconds += 1000000000, --seconds;
  if (nanoseconds >= 1000000000) nanoseconds -= 1000000000, ++seconds;
  out->tv_sec = seconds;
  out->tv_nsec = nanoseconds;
  return 0;
}
