#ifndef MAYFLY_CA_PROVIDER_ROOTS_H_
#define MAYFLY_CA_PROVIDER_ROOTS_H_

#include <string>

#include "absl/status/statusor.h"

namespace mayfly::provider {

// The file of the only TLS roots to believe, in PEM: at most 64 KiB, for every client gets it too.
// kInvalidArgument when it holds no certificate: the system's roots would quietly stand in for it.
absl::StatusOr<std::string> ReadRoots(const std::string& path);

}  // namespace mayfly::provider

#endif  // MAYFLY_CA_PROVIDER_ROOTS_H_
