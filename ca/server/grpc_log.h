#ifndef MAYFLY_CA_SERVER_GRPC_LOG_H_
#define MAYFLY_CA_SERVER_GRPC_LOG_H_

#include <cstdint>

#include "base/log.h"
#include "ca/server/token_buckets.h"
#include "grpc/support/log.h"

namespace mayfly::server {

// While it lives, what gRPC has to say goes to our log, escaped and bounded. By itself it writes
// lines of its own for every handshake that fails, so a stranger could fill the disk of whoever
// keeps them. One in a process.
class GrpcLog {
 public:
  // `log` outlives it.
  GrpcLog(Log& log, int lines_per_minute);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;

 private:
  static void Write(gpr_log_func_args* line);
  void WriteLine(const gpr_log_func_args& line);

  Log& log_;
  TokenBuckets lines_;
  int64_t left_out_ = 0;  // Under the mutex of Write, as all of WriteLine.
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_GRPC_LOG_H_
