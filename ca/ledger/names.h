// The names of realms: each is bound to the provider's (issuer, subject) that it first came with,
// so that another provider's user of the same name is somebody else.
#ifndef MAYFLY_CA_LEDGER_NAMES_H_
#define MAYFLY_CA_LEDGER_NAMES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/ledger/event_log.h"
#include "ca/ledger/records.h"
#include "ca/model/identity.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// Adds to `operations` what binds a user's name, or refuses it with kPermissionDenied and a
// sentence for the caller. Nothing for whom no provider vouches: hosts' names are bound by their
// records, and operators say who is enrolled by an SSH key.
void BindName(const model::Identity& identity, absl::Time now,
              std::vector<store::Operation>& operations);

// As Ledger has them.
absl::StatusOr<NameBinding> FindName(store::Store& store, const model::Subject& subject);
absl::StatusOr<NameBinding> ReleaseName(store::Store& store, EventLog& log, const model::Call& call,
                                        const model::Identity& by, const model::Subject& subject,
                                        absl::Time now);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_NAMES_H_
