#include "ca/server/metrics.h"

#include <sys/resource.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/free_memory.h"
#include "base/status.h"

namespace mayfly::server {
namespace {

const char* NameOf(Counter counter) {
  switch (counter) {
    case Counter::kConnectionsTaken:
      return "mayfly_connections_taken_total";
    case Counter::kConnectionsRefused:
      return "mayfly_connections_refused_total";
    case Counter::kSilentConnectionsClosed:
      return "mayfly_silent_connections_closed_total";
    case Counter::kConnectionsClosedForCalls:
      return "mayfly_connections_closed_for_open_calls_total";
    case Counter::kCalls:
      return "mayfly_calls_total";
    case Counter::kCallsRefused:
      return "mayfly_calls_refused_total";
    case Counter::kCallsFailed:
      return "mayfly_calls_failed_total";
    case Counter::kCallsShed:
      return "mayfly_calls_shed_total";
    case Counter::kCallsLimitedSource:
      return "mayfly_calls_limited_by_source_total";
    case Counter::kCallsLimitedSubject:
      return "mayfly_calls_limited_by_subject_total";
    case Counter::kCallsStopped:
      return "mayfly_calls_while_issuance_stopped_total";
    case Counter::kStrangers:
      return "mayfly_strangers_total";
    case Counter::kLogLinesSuppressed:
      return "mayfly_log_lines_suppressed_total";
    case Counter::kCount:
      break;
  }
  MAYFLY_CHECK(false);
}

int64_t OpenFiles() {
  std::error_code error;
  int64_t count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error)) {
    ++count;
  }
  return count;
}

int64_t OpenFilesLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<int64_t>(limit.rlim_cur);
}

int64_t ResidentBytes() { return static_cast<int64_t>(ReadResidentMemory().all); }

}  // namespace

void Metrics::AddGauge(std::string name, std::function<int64_t()> read) {
  MutexLock lock(mutex_);
  gauges_.push_back({std::move(name), std::move(read)});
}

std::vector<Metric> Metrics::Read() const {
  std::vector<Metric> result;
  for (size_t i = 0; i < counters_.size(); ++i) {
    const auto counter = static_cast<Counter>(i);
    result.push_back({NameOf(counter), true, Get(counter)});
  }
  std::vector<Gauge> gauges;
  {
    MutexLock lock(mutex_);
    gauges = gauges_;
  }
  for (const Gauge& gauge : gauges) result.push_back({gauge.name, false, gauge.read()});
  return result;
}

void AddProcessGauges(Metrics& metrics) {
  metrics.AddGauge("mayfly_open_files", OpenFiles);
  metrics.AddGauge("mayfly_open_files_limit", OpenFilesLimit);
  metrics.AddGauge("mayfly_resident_bytes", ResidentBytes);
}

}  // namespace mayfly::server
