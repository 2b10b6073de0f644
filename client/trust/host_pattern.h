#ifndef MAYFLY_CLIENT_TRUST_HOST_PATTERN_H_
#define MAYFLY_CLIENT_TRUST_HOST_PATTERN_H_

#include <string>

#include "absl/status/status.h"

namespace mayfly::client {

// Whether `pattern` is one pattern of host names that known_hosts and ssh_config take as it stands.
// kUsage with an example.
absl::Status CheckHostPattern(const std::string& pattern);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_TRUST_HOST_PATTERN_H_
