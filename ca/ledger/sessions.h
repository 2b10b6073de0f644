#ifndef MAYFLY_CA_LEDGER_SESSIONS_H_
#define MAYFLY_CA_LEDGER_SESSIONS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/records.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// Thread-safe. Errors are as Ledger has them.
class Sessions {
 public:
  Sessions(store::Store& store, EventLog& log) : store_(store), log_(log) {}

  absl::Status Record(const model::Call& call, const SessionRecord& session, absl::Time now);
  absl::Status End(const model::Call& call, const model::Identity& by, const ssh::Fingerprint& key,
                   absl::Time now);
  absl::StatusOr<SessionState> Find(const ssh::Fingerprint& key);

 private:
  store::Store& store_;
  EventLog& log_;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_SESSIONS_H_
