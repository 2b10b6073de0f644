#ifndef MAYFLY_CA_LEDGER_REVIEWS_H_
#define MAYFLY_CA_LEDGER_REVIEWS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/records.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// Uses of break-glass grants, which stay listed until somebody looked at them. Thread-safe. Errors
// are as Ledger has them.
class Reviews {
 public:
  Reviews(store::Store& store, EventLog& log) : store_(store), log_(log) {}

  // Adds to `operations` the event and the open review of one issuance by a break-glass grant.
  void Open(const IssuanceBatch& batch, const IssuanceRecord& issuance, absl::Time now,
            std::vector<store::Operation>& operations);
  absl::Status Close(const model::Call& call, const model::Identity& by, ssh::Serial serial,
                     const std::string& word, absl::Time now);
  absl::StatusOr<ReviewState> Find(ssh::Serial serial);
  absl::StatusOr<std::vector<ReviewState>> List(bool only_open, int limit);

 private:
  store::Store& store_;
  EventLog& log_;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_REVIEWS_H_
