#ifndef MAYFLY_CA_ISSUANCE_POLICY_IN_FORCE_H_
#define MAYFLY_CA_ISSUANCE_POLICY_IN_FORCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/log.h"
#include "base/mutex.h"
#include "ca/ledger/ledger.h"
#include "ca/policy/policy_set.h"

namespace mayfly::issuance {

// The policy set that decides. It changes only when Reload is called (SIGHUP, `mayfly policy
// apply`, a switched link), never because files changed: half a checkout without its denials is a
// valid set. A set that is refused leaves the last good one in force. Thread-safe.
class PolicyInForce {
 public:
  struct Change {
    std::string hash;
    std::string previous_hash;
    std::vector<std::string> widenings;
  };

  // Loads the first set and records it. Errors as policy::LoadPolicySet.
  static absl::StatusOr<std::unique_ptr<PolicyInForce>> Load(const std::string& path,
                                                             ledger::Ledger& ledger, Log& log);

  std::shared_ptr<const policy::PolicySet> Current() const;

  // Loads the set anew and puts it in force. `why` is for log and ledger. A set that drops a
  // denial, an operator, a ceiling or a scope is alerted about and, unless `allow_widening`,
  // refused as kFailedPrecondition with what would go.
  absl::StatusOr<Change> Reload(bool allow_widening, const std::string& why);

  // Whether the configured path is a symbolic link that now points elsewhere than when it was last
  // looked at (also when that set was refused: once is enough).
  bool LinkSwitched() const;

 private:
  PolicyInForce(std::string path, ledger::Ledger& ledger, Log& log);
  absl::StatusOr<Change> LoadAndSwap(bool allow_widening, const std::string& why);

  const std::string path_;
  ledger::Ledger& ledger_;
  Log& log_;
  mutable Mutex mutex_;
  std::shared_ptr<const policy::PolicySet> current_ ABSL_GUARDED_BY(mutex_);
  std::string link_ ABSL_GUARDED_BY(mutex_);
  Mutex reloading_;  // One reload at a time; never held together with a decision.
};

}  // namespace mayfly::issuance

#endif  // MAYFLY_CA_ISSUANCE_POLICY_IN_FORCE_H_
