// What the bench of the issuing path found, as a table for people and JSON for machines.
#ifndef MAYFLY_TESTS_BENCH_ISSUE_REPORT_H_
#define MAYFLY_TESTS_BENCH_ISSUE_REPORT_H_

#include <map>
#include <string>
#include <vector>

#include "tests/bench/load.h"
#include "tests/bench/primitives.h"

namespace mayfly::bench {

// One run of load.
struct Phase {
  std::string name;
  double certificates_per_second = 0;
  double p50_ms = 0, p99_ms = 0, p999_ms = 0;
  double daemon_cpu_us = 0;     // Per certificate.
  double generator_cpu_us = 0;  // Likewise.
  double syncs = 0;             // Per certificate.
  std::map<int, size_t> statuses;
};
Phase PhaseOf(std::string name, const LoadResult& result, double daemon_cpu_seconds, double syncs);

struct IssueReport {
  SignatureRates signatures;
  double fsync_per_second = 0;
  double ready_ms = 0;  // Exec to READY=1, key derivation apart.
  double idle_rss_mib = 0, rss_mib = 0, anonymous_mib = 0, end_rss_mib = 0;
  size_t certificates = 0;  // Verified.
  std::vector<Phase> phases;

  int proofs = 2;  // Signatures of each call: possession, and a person's credential.

  // The proofs verified, one signature made, and verified: by the faster library for each, in this
  // run.
  double crypto_us() const;
  const Phase* Find(const std::string& name) const;
  std::string Table() const;
  // With exactly the members that docs/performance.md names.
  std::string Json() const;
};

}  // namespace mayfly::bench

#endif  // MAYFLY_TESTS_BENCH_ISSUE_REPORT_H_
