// Which names a join token may give.
#ifndef MAYFLY_CA_AUTHN_NAME_PATTERN_H_
#define MAYFLY_CA_AUTHN_NAME_PATTERN_H_

#include <string_view>

#include "absl/status/status.h"

namespace mayfly::authn {

// A host name, or one in which a single '*' stands for [a-z0-9-]+: web-*.example.com. The star
// never stands for a dot, so a pattern never reaches into another zone. Refused (kInvalidArgument
// says why): a star alone, and a pattern that a number would make an address of, as 10.0.0.*.
absl::Status CheckNamePattern(std::string_view pattern);

// False also when either is malformed.
bool MatchesNamePattern(std::string_view pattern, std::string_view hostname);

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_NAME_PATTERN_H_
