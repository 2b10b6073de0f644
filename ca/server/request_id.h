#ifndef MAYFLY_CA_SERVER_REQUEST_ID_H_
#define MAYFLY_CA_SERVER_REQUEST_ID_H_

#include <string>

#include "absl/time/time.h"
#include "base/random.h"

namespace mayfly::server {

// 26 characters of Crockford's base32: 48 bits of milliseconds, then 80 random bits (a ULID), so
// that ids sort by time and can be read out over a telephone.
std::string MakeRequestId(absl::Time now, Random& random);

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_REQUEST_ID_H_
