#ifndef MAYFLY_CA_LEDGER_FACTS_READER_H_
#define MAYFLY_CA_LEDGER_FACTS_READER_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ca/model/facts.h"
#include "ca/store/store.h"
#include "ssh/public_key.h"

namespace mayfly::ledger {

// As Ledger::ReadFacts and Ledger::KeyOwner.
absl::StatusOr<model::Facts> ReadFacts(store::Store& store, const model::Subject& subject,
                                       const ssh::Fingerprint& key,
                                       const std::optional<std::string>& target_host);
absl::StatusOr<std::string> ReadKeyOwner(store::Store& store, const ssh::Fingerprint& key);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_FACTS_READER_H_
