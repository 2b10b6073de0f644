// A real mayflyd in a temporary folder, and what the kernel says about it.
#ifndef MAYFLY_TESTS_BENCH_CA_UNDER_TEST_H_
#define MAYFLY_TESTS_BENCH_CA_UNDER_TEST_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file.h"
#include "tests/bench/call_maker.h"
#include "tests/testing/process.h"

namespace mayfly::bench {

// As `mayflyd init` makes it, with the example policies; listens on loopback. Lives under $TMPDIR,
// which must be on a disk.
class CaUnderTest {
 public:
  // `programs` is the folder of mayflyd and of the sync counter.
  static absl::StatusOr<std::unique_ptr<CaUnderTest>> Create(const std::string& programs,
                                                             const CallersFiles& callers);
  ~CaUnderTest();

  // Starts mayflyd and waits until it says that it is ready. kInternal with its log when it does
  // not.
  absl::Status Start();
  absl::Status Stop();

  int port() const { return port_; }
  const std::string& ca_id() const { return ca_id_; }
  std::string ledger_path() const { return JoinPath(folder_.path(), "ca/state/ledger.db"); }
  pid_t pid() const { return daemon_->pid(); }
  std::string Log() const { return daemon_ ? daemon_->Log() : std::string(); }

  // From exec to READY=1, and how much of it was deriving the keys' encryption key from the
  // passphrase.
  double ready_ms() const { return ready_ms_; }
  double derivation_ms() const { return derivation_ms_; }

  double CpuSeconds() const;    // Of all its threads, so far.
  double ResidentMib() const;   // VmRSS.
  double AnonymousMib() const;  // RssAnon: without program and libraries.
  uint64_t Syncs() const;       // fdatasync and fsync that have returned, since the first start.

 private:
  explicit CaUnderTest(TemporaryDirectory folder, std::string programs)
      : folder_(std::move(folder)), programs_(std::move(programs)) {}

  // Writes what the daemon must know of its callers, before it starts.
  absl::Status Introduce(const CallersFiles& callers) const;
  absl::Status LiftRates() const;

  TemporaryDirectory folder_;
  const std::string programs_;
  int port_ = 0;
  std::string ca_id_;
  std::unique_ptr<BackgroundProcess> daemon_;
  std::atomic<uint64_t>* syncs_ = nullptr;
  double ready_ms_ = 0, derivation_ms_ = 0;
};

}  // namespace mayfly::bench

#endif  // MAYFLY_TESTS_BENCH_CA_UNDER_TEST_H_
