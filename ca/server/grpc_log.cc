#include "ca/server/grpc_log.h"

#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "base/status.h"

namespace mayfly::server {
namespace {

// gRPC's threads may be about to write when a GrpcLog ends.
Mutex& CurrentMutex() {
  static Mutex& mutex = *new Mutex;
  return mutex;
}
GrpcLog* current = nullptr;

}  // namespace

GrpcLog::GrpcLog(Log& log, int lines_per_minute)
    : log_(log),
      lines_(
          {.per_second = lines_per_minute / 60.0, .burst = static_cast<double>(lines_per_minute)}) {
  MutexLock lock(CurrentMutex());
  MAYFLY_CHECK(current == nullptr);
  current = this;
  gpr_set_log_function(Write);
}

GrpcLog::~GrpcLog() {
  MutexLock lock(CurrentMutex());
  current = nullptr;
}

void GrpcLog::Write(gpr_log_func_args* line) {
  MutexLock lock(CurrentMutex());
  if (current != nullptr) current->WriteLine(*line);
}

void GrpcLog::WriteLine(const gpr_log_func_args& line) {
  // Before gRPC aborts the process; whatever strangers did before.
  const bool last_words = std::string_view(line.message).starts_with("assertion failed");
  if (!last_words && lines_.Take("grpc", MonotonicNow()) != absl::ZeroDuration()) {
    ++left_out_;
    return;
  }
  const bool is_error = line.severity == GPR_LOG_SEVERITY_ERROR;
  log_.Write(is_error ? LogLevel::kWarning : LogLevel::kInfo, "grpc",
             {{"detail", line.message}, {"lines_left_out_before", std::exchange(left_out_, 0)}});
}

}  // namespace mayfly::server
