#ifndef MAYFLY_CA_LEDGER_SESSIONS_H_
#define MAYFLY_CA_LEDGER_SESSIONS_H_

#include <cstdint>
#include <string>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/generation_watch.h"
#include "ca/ledger/records.h"

namespace mayfly::ledger {

// Thread-safe. Errors are as Ledger has them.
class Sessions {
 public:
  Sessions(GenerationWatch& store, EventLog& log) : store_(store), log_(log) {}

  absl::Status Record(const model::Call& call, const SessionRecord& session, absl::Time now);
  absl::Status End(const model::Call& call, const model::Identity& by, const ssh::Fingerprint& key,
                   absl::Time now);
  absl::StatusOr<SessionState> Find(const ssh::Fingerprint& key);

 private:
  // Sessions are asked for with every request and end rarely: what was found is kept until the
  // generation moves, as it does whenever one ends.
  struct Known {
    uint64_t moves;
    SessionState state;
  };
  absl::StatusOr<SessionState> Read(const ssh::Fingerprint& key);

  GenerationWatch& store_;
  EventLog& log_;
  Mutex mutex_;
  std::unordered_map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_SESSIONS_H_
