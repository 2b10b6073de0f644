#include "client/trust/host_pattern.h"

#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"

namespace mayfly::client {

absl::Status CheckHostPattern(const std::string& pattern) {
  if (pattern.empty() || pattern.find_first_of(" \t\r\n\"'#,\\%") != std::string::npos ||
      pattern.front() == '|' || pattern.front() == '@') {
    return Failure(ExitCode::kUsage,
                   fmt::format("\"{}\" is not a pattern of host names", EscapeForTerminal(pattern)),
                   "write one pattern each time, for example --pattern '*.example.com'");
  }
  return absl::OkStatus();
}

}  // namespace mayfly::client
