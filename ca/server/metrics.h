#ifndef MAYFLY_CA_SERVER_METRICS_H_
#define MAYFLY_CA_SERVER_METRICS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"

namespace mayfly::server {

enum class Counter {
  kConnectionsTaken,
  kConnectionsRefused,         // Beyond a limit on connections.
  kSilentConnectionsClosed,    // Made no call in time, or had to make room.
  kConnectionsClosedForCalls,  // Had more calls open than they may.
  kCalls,
  kCallsRefused,         // Identified callers that did not get what they asked for.
  kCallsFailed,          // Our own errors.
  kCallsShed,            // No room, or waited too long.
  kCallsLimitedSource,   // Beyond a source's rate or share.
  kCallsLimitedSubject,  // Beyond a subject's rate.
  kCallsStopped,         // Issuance was stopped: the disk.
  kStrangers,            // Calls without a credential that holds.
  kLogLinesSuppressed,
  kCount,
};

struct Metric {
  std::string name;  // As Prometheus writes them: mayfly_calls_total.
  bool is_counter = true;
  int64_t value = 0;
};

// Counters and gauges of one daemon. Thread-safe.
class Metrics {
 public:
  void Count(Counter counter) {
    counters_[static_cast<size_t>(counter)].fetch_add(1, std::memory_order_relaxed);
  }
  int64_t Get(Counter counter) const {
    return counters_[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
  }
  // `read` is called by whoever reads the metrics, from any thread, until the daemon ends.
  void AddGauge(std::string name, std::function<int64_t()> read);
  std::vector<Metric> Read() const;

 private:
  struct Gauge {
    std::string name;
    std::function<int64_t()> read;
  };
  std::array<std::atomic<int64_t>, static_cast<size_t>(Counter::kCount)> counters_ = {};
  mutable Mutex mutex_;
  std::vector<Gauge> gauges_ ABSL_GUARDED_BY(mutex_);
};

// What the kernel says of this process: open files and their limit, resident memory.
void AddProcessGauges(Metrics& metrics);

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_METRICS_H_
