// What a daemon watches about its machine: descriptors and disk.
#ifndef MAYFLY_CA_GUARDS_H_
#define MAYFLY_CA_GUARDS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/log.h"
#include "ca/model/limits.h"

namespace mayfly {

// Raises the limit of open files as far as the system lets us, and lowers max_connections (with a
// warning) where it still does not reach: each connection takes two.
model::Limits FitToDescriptors(model::Limits limits, Log& log);

// Free bytes for us on the file system of `folder`; kNotFound … when it cannot be told.
absl::StatusOr<int64_t> FreeBytes(const std::string& folder);
// kResourceExhausted below `min_free_mib`, with what to do.
absl::Status CheckDisk(const std::string& folder, int min_free_mib);

}  // namespace mayfly

#endif  // MAYFLY_CA_GUARDS_H_
