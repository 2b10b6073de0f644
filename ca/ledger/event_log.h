#ifndef MAYFLY_CA_LEDGER_EVENT_LOG_H_
#define MAYFLY_CA_LEDGER_EVENT_LOG_H_

#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "ca/ledger/event_codec.h"
#include "ca/ledger/records.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// Appends events and reads them back. Thread-safe.
class EventLog {
 public:
  EventLog(store::Store& store, Random& random) : store_(store), random_(random) {}

  // Adds to `operations` what appends `event` with the next number and a fresh opening.
  void Append(EncodedEvent event, std::vector<store::Operation>& operations);

  absl::StatusOr<std::vector<StoredEvent>> OfRequest(const std::string& request_id);
  absl::StatusOr<std::vector<StoredEvent>> Recent(int limit);
  absl::StatusOr<std::vector<StoredEvent>> RecordedAfter(int64_t sequence, absl::Time since,
                                                         int limit);
  absl::StatusOr<std::vector<StoredEvent>> ActivatedCaKeys();
  absl::StatusOr<DecisionState> DecisionOf(const std::string& request_id);

 private:
  store::Store& store_;
  Random& random_;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_EVENT_LOG_H_
