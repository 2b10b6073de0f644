#ifndef MAYFLY_TESTS_BENCH_HISTORY_H_
#define MAYFLY_TESTS_BENCH_HISTORY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace mayfly::bench {

// Fills a ledger that nobody has open with `count` certificates of a year, as if it had issued
// them: rows in every table that grows with certificates, keys spread over the whole range of
// fingerprints, serials and event numbers to go on from. Events are short (300 bytes) so that ten
// million fit on a disk: nothing that is measured reads them.
absl::Status WriteHistory(const std::string& ledger_path, int64_t count);

}  // namespace mayfly::bench

#endif  // MAYFLY_TESTS_BENCH_HISTORY_H_
