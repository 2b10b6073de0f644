#ifndef MAYFLY_CA_LEDGER_FILED_REQUESTS_H_
#define MAYFLY_CA_LEDGER_FILED_REQUESTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/records.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// Requests that wait for approval, and what became of them. Thread-safe. Errors are as Ledger has
// them.
class FiledRequests {
 public:
  FiledRequests(store::Store& store, EventLog& log) : store_(store), log_(log) {}

  absl::StatusOr<FiledState> File(const FilingRecord& filing, absl::Time now);
  absl::Status Approve(const model::Call& call, const model::Identity& by, uint64_t number,
                       const std::string& digest, absl::Time now);
  absl::Status Close(const model::Call& call, const model::Identity& by, uint64_t number,
                     Closing how, const std::string& word, absl::Time now);
  absl::StatusOr<FiledState> Find(uint64_t number);
  absl::StatusOr<std::vector<FiledState>> OpenOf(const std::string& digest);
  absl::StatusOr<std::vector<FiledState>> List(const FiledQuery& query);

  // Adds to `operations` what uses an approved request once more; kAborted when it was closed or
  // used up meanwhile.
  static void Use(const model::ApprovalUse& use, const std::string& digest,
                  std::vector<store::Operation>& operations);

 private:
  absl::StatusOr<FiledState> WithApprovals(const store::Row& row);

  store::Store& store_;
  EventLog& log_;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_FILED_REQUESTS_H_
