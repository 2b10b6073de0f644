/* What a test tells the shim that is preloaded into mayflyd (fault_shim.c), through a file that
 * both map. All numbers are read and written whole. */
#ifndef MAYFLY_TESTS_FAULT_FAULT_SHIM_H_
#define MAYFLY_TESTS_FAULT_FAULT_SHIM_H_

#include <stdint.h>

/* Calls on files of the state directory, but for FAULT_ACCEPT. */
enum {
  FAULT_WRITE = 1,   /* write, pwrite, ftruncate */
  FAULT_SYNC = 2,    /* fsync, fdatasync, but of the database, which mayflyd does not survive */
  FAULT_OPEN = 4,    /* open, openat */
  FAULT_RENAME = 8,  /* rename, unlink */
  FAULT_ACCEPT = 16, /* accept4, of any socket */
  FAULT_DATABASE_SYNC = 32,  /* fsync, fdatasync of ledger.db */
  FAULT_DATABASE_WRITE = 64, /* pwrite to ledger.db, which FAULT_WRITE has too */
};

struct FaultControl {
  volatile int64_t clock_offset_ns; /* Added to CLOCK_REALTIME. */
  volatile int64_t free_bytes;      /* What statvfs says is free; negative: the truth. */
  volatile int64_t calls;           /* Which calls count: a sum of the above. */
  volatile int64_t error;           /* The errno of a fault. */
  volatile int64_t countdown;       /* The n-th call that counts from now fails; 0: none does. */
  volatile int64_t sticky;          /* Not 0: and so do those after it. */
  volatile int64_t struck;          /* How many failed. */
  volatile int64_t tracing;         /* Not 0: what is done to the state is appended to the trace. */
};

/* A record of the trace: this, the name in the state directory, and for a write its bytes.
 * TRACE_CREATE is of a name that was not there; TRACE_SYNC of "." is of all names. */
enum { TRACE_WRITE = 1, TRACE_SYNC = 2, TRACE_TRUNCATE = 3, TRACE_UNLINK = 4, TRACE_CREATE = 5 };
struct TraceRecord {
  uint32_t type;
  uint32_t name_size;
  uint64_t offset; /* Of a write; the size of a truncate. */
  uint64_t size;   /* Of a write. */
};

#endif /* MAYFLY_TESTS_FAULT_FAULT_SHIM_H_ */
