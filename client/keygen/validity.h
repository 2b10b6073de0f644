// ssh-keygen's -V: when a certificate is valid.
#ifndef MAYFLY_CLIENT_KEYGEN_VALIDITY_H_
#define MAYFLY_CLIENT_KEYGEN_VALIDITY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ssh/certificate.h"

namespace mayfly::client {

struct Validity {
  uint64_t after_unix_s = 0;
  uint64_t before_unix_s = ssh::kForeverUnixSeconds;
  friend bool operator==(const Validity&, const Validity&) = default;
};

// "+1h30m" (from a minute ago until then), or "FROM:TO" with each of: [+-]1w2d3h4m5s relative to
// `now`, YYYYMMDD[HHMM[SS]] in local time or with Z or UTC behind it in UTC, 0xHEX seconds since
// 1970, "always" for FROM and "forever" for TO. kInvalidArgument, also for an interval that is
// empty.
absl::StatusOr<Validity> ParseValidity(const std::string& text, absl::Time now);

// "forever", "after 2026-…", "before …" or "from … to …", in local time, as ssh-keygen -L has it.
std::string ValidityText(const Validity& validity);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_VALIDITY_H_
