#ifndef MAYFLY_CA_LEDGER_ISSUANCE_RECORDER_H_
#define MAYFLY_CA_LEDGER_ISSUANCE_RECORDER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/hosts.h"
#include "ca/ledger/records.h"
#include "ca/ledger/reviews.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// Decisions, and that what they allowed was signed. Thread-safe. Errors are as Ledger has them.
class IssuanceRecorder {
 public:
  IssuanceRecorder(store::Store& store, EventLog& log, Hosts& hosts, Reviews& reviews)
      : store_(store), log_(log), hosts_(hosts), reviews_(reviews) {}

  // All of the batch or none of it; returns at once. `recorded` is called as Store::WriteThen has
  // it.
  void Record(const IssuanceBatch& batch, absl::Time now,
              std::function<void(absl::Status)> recorded);
  // Returns at once; see Ledger.
  void RecordSignedLater(const std::string& request_id, const model::Subject& subject,
                         const std::vector<ssh::Certificate>& certificates, absl::Time now);
  absl::Status RecordDenial(const DenialRecord& denial, absl::Time now);

 private:
  absl::StatusOr<std::vector<store::Operation>> Operations(const IssuanceBatch& batch,
                                                           absl::Time now);

  store::Store& store_;
  EventLog& log_;
  Hosts& hosts_;
  Reviews& reviews_;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_ISSUANCE_RECORDER_H_
