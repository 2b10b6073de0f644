// Drives a daemon: so many calls in flight, or calls at given times, or a connection for each.
#ifndef MAYFLY_TESTS_BENCH_LOAD_H_
#define MAYFLY_TESTS_BENCH_LOAD_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/ca/authn/test_certificates.h"

namespace mayfly::bench {

// What to drive and how it is reached.
struct Target {
  int port = 0;
  std::string_view path;  // The RPC; a literal.
  int connections = 4;
  const char* from = "127.0.0.1";  // The calls' source.
  // Of clients: connections take them in turn. Empty for none.
  std::span<const authn::TestCertificate> certificates = {};

  const authn::TestCertificate* Certificate(size_t connection) const {
    return certificates.empty() ? nullptr : &certificates[connection % certificates.size()];
  }
};

struct LoadResult {
  double seconds = 0;
  double generator_cpu_seconds = 0;
  std::vector<double> latencies_ms;  // Of the calls that were answered OK; sorted.
  std::map<int, size_t> statuses;    // grpc-status -> calls.
  std::vector<std::string> answers;  // The OK ones, by call; empty where there was none.
  size_t resumed = 0;                // OneShot: handshakes that resumed a session.

  size_t ok() const { return latencies_ms.size(); }
  size_t turned_away() const;  // RESOURCE_EXHAUSTED.
  double per_second() const { return seconds > 0 ? static_cast<double>(ok()) / seconds : 0; }
  double PercentileMs(double fraction) const;  // 0.99 for p99; 0 when nothing was answered.
};

// Makes every call once, `in_flight` at a time; latency from submitting to the answer.
absl::StatusOr<LoadResult> ClosedLoop(const Target& target, const std::vector<std::string>& calls,
                                      int in_flight);

// Makes every call once, at the times of a Poisson process of `rate` a second, whether or not the
// ones before were answered; latency from the scheduled time, so a daemon that stalls is charged
// for all who would have come meanwhile.
absl::StatusOr<LoadResult> OpenLoop(const Target& target, const std::vector<std::string>& calls,
                                    double rate);

// Makes every call once, each on a connection of its own, one after the other; latency from before
// the connection. `resume`: each resumes the TLS session of the one before, by the first
// certificate.
absl::StatusOr<LoadResult> OneShot(const Target& target, const std::vector<std::string>& calls,
                                   bool resume);

}  // namespace mayfly::bench

#endif  // MAYFLY_TESTS_BENCH_LOAD_H_
