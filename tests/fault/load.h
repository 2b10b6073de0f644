#ifndef MAYFLY_TESTS_FAULT_LOAD_H_
#define MAYFLY_TESTS_FAULT_LOAD_H_

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "ssh/certificate.h"
#include "tests/fault/mayflyd_world.h"

namespace mayfly {

// Clients that ask for certificates without a pause, each on a connection of its own, and keep what
// they get.
class Load {
 public:
  // `speaker` asks; by default alice by her SSH key.
  Load(const MayflydWorld& world, int clients);
  Load(const MayflydWorld& world, int clients, const Speaker& speaker);
  ~Load() { Stop(); }

  void Stop();
  int issued() const { return issued_; }
  // What went otherwise, by its code's name.
  std::map<std::string, int> failures() const;
  std::vector<ssh::Certificate> held() const;
  // How many bytes the shim's trace had when each was held; by serial.
  std::map<uint64_t, uint64_t> trace_sizes() const;
  // The middle and the worst of the answers' times.
  absl::Duration median() const;

 private:
  void Ask();

  const MayflydWorld& world_;
  const Speaker speaker_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> issued_ = 0;
  mutable Mutex mutex_;
  std::vector<ssh::Certificate> held_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, uint64_t> trace_sizes_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> failures_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::Duration> times_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

// What clients hold is in the ledger, each under its serial, and no serial twice.
void ExpectRecorded(const std::vector<ssh::Certificate>& held,
                    const std::map<uint64_t, std::string>& recorded);

}  // namespace mayfly

#endif  // MAYFLY_TESTS_FAULT_LOAD_H_
