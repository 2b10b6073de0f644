#ifndef MAYFLY_CA_LEDGER_JOIN_TOKENS_H_
#define MAYFLY_CA_LEDGER_JOIN_TOKENS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/records.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// Join tokens, of which the ledger knows the public key. Thread-safe.
class JoinTokens {
 public:
  JoinTokens(store::Store& store, EventLog& log) : store_(store), log_(log) {}

  //   kInvalidArgument  uses, expiry or name pattern cannot be
  absl::Status Record(const model::Call& call, const model::Identity& by,
                      const JoinTokenRecord& token, absl::Time now);
  absl::StatusOr<JoinTokenState> Find(const ssh::Fingerprint& key);  // kNotFound

  // Adds to `operations` what spends one use on behalf of `key_set`, which may come again and
  // spends nothing then. The token as it is now, or kPermissionDenied with a sentence for the
  // caller.
  absl::StatusOr<JoinTokenState> Spend(const HostEnrolment& enrolment, const Bytes& key_set,
                                       absl::Time now, std::vector<store::Operation>& operations);

 private:
  store::Store& store_;
  EventLog& log_;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_JOIN_TOKENS_H_
