#ifndef MAYFLY_CA_LEDGER_USERS_H_
#define MAYFLY_CA_LEDGER_USERS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/records.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// People enrolled by operators' calls. Thread-safe. Errors are as Ledger has them.
class Users {
 public:
  Users(store::Store& store, EventLog& log) : store_(store), log_(log) {}

  absl::Status Record(const model::Call& call, const model::Identity& by,
                      const std::vector<UserRecord>& users, absl::Time now);
  absl::Status Remove(const model::Call& call, const model::Identity& by,
                      const std::string& authenticator, const model::Subject& subject,
                      absl::Time now);
  absl::StatusOr<std::vector<UserState>> List();

 private:
  store::Store& store_;
  EventLog& log_;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_USERS_H_
