// Rows of the store as domain values, and back. A column of another type than the schema says is a
// broken invariant of ours: the tables are STRICT.
#ifndef MAYFLY_CA_LEDGER_COLUMNS_H_
#define MAYFLY_CA_LEDGER_COLUMNS_H_

#include <cstdint>
#include <limits>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "base/bytes.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

inline int64_t IntegerAt(const store::Row& row, size_t column) {
  return std::get<int64_t>(row.at(column));
}
inline const std::string& TextAt(const store::Row& row, size_t column) {
  return std::get<std::string>(row.at(column));
}
inline const Bytes& BytesAt(const store::Row& row, size_t column) {
  return std::get<Bytes>(row.at(column));
}
inline bool IsNullAt(const store::Row& row, size_t column) {
  return std::holds_alternative<store::Null>(row.at(column));
}

// Microseconds, rounded down; times beyond the range, such as InfiniteFuture, come back as
// InfiniteFuture.
inline int64_t Microseconds(absl::Time time) { return absl::ToUnixMicros(time); }
inline absl::Time TimeAt(const store::Row& row, size_t column) {
  const int64_t us = IntegerAt(row, column);
  if (us == std::numeric_limits<int64_t>::max()) return absl::InfiniteFuture();
  return absl::FromUnixMicros(us);
}

// The unsigned seconds of a certificate: "for ever" and beyond is the largest that a column holds.
inline int64_t Seconds(uint64_t unix_s) {
  constexpr auto kMax = std::numeric_limits<int64_t>::max();
  return unix_s > static_cast<uint64_t>(kMax) ? kMax : static_cast<int64_t>(unix_s);
}
inline absl::Time SecondsAt(const store::Row& row, size_t column) {
  const int64_t s = IntegerAt(row, column);
  if (s == std::numeric_limits<int64_t>::max()) return absl::InfiniteFuture();
  return absl::FromUnixSeconds(s);
}

inline Bytes DigestOf(BytesView bytes) {
  const Sha256Digest digest = Sha256(bytes);
  return Bytes(digest.begin(), digest.end());
}

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_COLUMNS_H_
