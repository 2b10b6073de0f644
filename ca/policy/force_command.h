// The grammar of a force-command, for those that policies force and those that callers add.
#ifndef MAYFLY_CA_POLICY_FORCE_COMMAND_H_
#define MAYFLY_CA_POLICY_FORCE_COMMAND_H_

#include <string_view>

#include "absl/status/status.h"

namespace mayfly::policy {

inline constexpr size_t kMaxForceCommand = 4096;  // A certificate has 64 KiB for everything.

// 1 to kMaxForceCommand bytes of UTF-8 on one line: a line break or escape sequence inside would be
// logged and run by shells in ways that nobody who reviews it can see. kInvalidArgument says what
// is wrong.
absl::Status CheckForceCommand(std::string_view command);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_FORCE_COMMAND_H_
