#include "ca/policy/force_command.h"

#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::policy {

absl::Status CheckForceCommand(std::string_view command) {
  if (command.empty() || command.size() > kMaxForceCommand) {
    return InvalidArgument(fmt::format("a force-command of {} bytes; expected 1 to {}",
                                       command.size(), kMaxForceCommand));
  }
  // EscapeForTerminal doubles backslashes, which are harmless here; everything else it touches is
  // not.
  const size_t backslashes = std::ranges::count(command, '\\');
  if (EscapeForTerminal(command).size() != command.size() + backslashes) {
    return InvalidArgument(
        "a force-command with control or invisible characters; put it into a script on the host");
  }
  return absl::OkStatus();
}

}  // namespace mayfly::policy
