#ifndef MAYFLY_CA_LEDGER_NAME_PATTERN_H_
#define MAYFLY_CA_LEDGER_NAME_PATTERN_H_

#include <string_view>

#include "absl/status/status.h"

namespace mayfly::ledger {

// The names that a join token is good for: a host name, or one in which a single '*' stands for one
// or more of [a-z0-9-]: never for a dot, so web-*.example.com is not web-1.evil.example.com.
absl::Status CheckNamePattern(std::string_view pattern);  // kInvalidArgument
bool NameMatches(std::string_view pattern, std::string_view name);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_NAME_PATTERN_H_
