#ifndef MAYFLY_CA_LEDGER_SCHEMA_H_
#define MAYFLY_CA_LEDGER_SCHEMA_H_

#include <vector>

#include "ca/store/store.h"

namespace mayfly::ledger {

// The tables, as docs/formats/ledger.md describes them. One that was released is never edited: a
// change is a further migration.
const std::vector<store::Migration>& Migrations();

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_SCHEMA_H_
