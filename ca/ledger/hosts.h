#ifndef MAYFLY_CA_LEDGER_HOSTS_H_
#define MAYFLY_CA_LEDGER_HOSTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/join_tokens.h"
#include "ca/ledger/records.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// The records of the hosts that are in force, one a name. What was before is in the events.
// Thread-safe.
class Hosts {
 public:
  Hosts(store::Store& store, EventLog& log, JoinTokens& tokens)
      : store_(store), log_(log), tokens_(tokens) {}

  absl::StatusOr<HostState> Find(const std::string& name);           // kNotFound
  absl::StatusOr<HostState> FindByKey(const ssh::Fingerprint& key);  // kNotFound
  absl::StatusOr<std::vector<HostState>> List();

  // Adds to `operations` what enrols the batch's host: token, claims, record; and, when it takes
  // the name of another record, that one's end. kPermissionDenied with a sentence for the caller.
  absl::Status Enrol(const IssuanceBatch& batch, absl::Time now,
                     std::vector<store::Operation>& operations);

 private:
  struct Known;  // A record and its set of keys.
  absl::StatusOr<std::vector<Known>> Read(const store::Operation& operation);
  absl::StatusOr<HostState> ReadOne(const store::Operation& operation, const std::string& what);

  store::Store& store_;
  EventLog& log_;
  JoinTokens& tokens_;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_HOSTS_H_
