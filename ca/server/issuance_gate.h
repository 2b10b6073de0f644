#ifndef MAYFLY_CA_SERVER_ISSUANCE_GATE_H_
#define MAYFLY_CA_SERVER_ISSUANCE_GATE_H_

#include <atomic>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/mutex.h"

namespace mayfly::server {

// Stops what makes new standing (certificates, sessions, tokens, enrolments) while something is
// wrong that makes it unsafe, and leaves what takes standing away, or reads. Thread-safe.
class IssuanceGate {
 public:
  // An OK status takes `cause` away; any other stops issuance until then.
  void Set(const std::string& cause, const absl::Status& status);
  // Whether a call of `method` ("/mayfly.v1.Certificates/IssueUser") must wait now. An approval
  // waits for the clock alone, by which it counts later.
  bool Stops(std::string_view method) const;

 private:
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> clock_is_wrong_ = false;
  Mutex mutex_;
  std::map<std::string, absl::Status> causes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_ISSUANCE_GATE_H_
