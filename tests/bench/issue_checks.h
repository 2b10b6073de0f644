// What no speed is worth: the bench fails when any of it was dropped on the way.
#ifndef MAYFLY_TESTS_BENCH_ISSUE_CHECKS_H_
#define MAYFLY_TESTS_BENCH_ISSUE_CHECKS_H_

#include <string>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ssh/public_key.h"
#include "tests/bench/ca_under_test.h"
#include "tests/bench/call_maker.h"
#include "tests/bench/load.h"

namespace mayfly::bench {

// Makes one call on a connection of its own; its response, or an error that names the gRPC status.
absl::StatusOr<std::string> CallOnce(const Target& target, const std::string& message);

// The CA that signs user certificates, from the bundle.
absl::StatusOr<ssh::PublicKey> FetchUserCa(const CaUnderTest& ca);

// A call whose possession signature is over another document gets nothing, and the same call, well
// signed, a certificate. A workload's call gets nothing without its client certificate, or by one
// that says the same and is another CA's.
absl::Status CheckProofsAreVerified(const CaUnderTest& ca, const CallMaker& maker);

// Calls one after the other: for each, something was made durable after it was sent and before it
// was answered.
absl::Status CheckSyncedBeforeAnswer(const CaUnderTest& ca, const CallMaker& maker, int calls);

// Every certificate that the load was answered with: verifies, under the CA's key, for the key that
// was asked for, with a serial that no other has. Keeps the serials.
class CertificateChecks {
 public:
  explicit CertificateChecks(ssh::PublicKey user_ca) : user_ca_(std::move(user_ca)) {}
  absl::Status Check(const LoadResult& result, const std::vector<std::string>& keys);
  size_t checked() const { return serials_.size(); }
  // After the daemon has ended: the ledger holds each of them.
  absl::Status CheckRecorded(const std::string& ledger_path) const;

 private:
  const ssh::PublicKey user_ca_;
  std::unordered_set<uint64_t> serials_;
};

}  // namespace mayfly::bench

#endif  // MAYFLY_TESTS_BENCH_ISSUE_CHECKS_H_
