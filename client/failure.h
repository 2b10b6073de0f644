// Statuses that know what to do next: a sentence, a hint, the exit code, and for answers of the CA
// the detail that came with them.
#ifndef MAYFLY_CLIENT_FAILURE_H_
#define MAYFLY_CLIENT_FAILURE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "client/exit_code.h"
#include "mayfly/v1/errors.pb.h"

namespace mayfly::client {

// A failure that ends the command with `code`. `hint` is one sentence that says what to do next.
// Untrusted text inside either must have been escaped (EscapeForTerminal).
absl::Status Failure(ExitCode code, std::string_view message, std::string_view hint = {});

// `status` with a hint or an exit code, unless it has one already; OK stays OK.
absl::Status WithHint(absl::Status status, std::string_view hint);
absl::Status WithExitCode(absl::Status status, ExitCode code);

// `status` with what the CA said about it. Its texts are untrusted as they stand.
absl::Status WithDetail(absl::Status status, const v1::ErrorDetail& detail);

// The exit code that was given, else kUsage for kInvalidArgument, kInternal for kInternal and
// kLocal for the rest: an error without a code comes from a file or a device of this machine.
ExitCode ExitCodeOf(const absl::Status& status);
std::string HintOf(const absl::Status& status);  // Escaped; empty when there is none.
std::optional<v1::ErrorDetail> DetailOf(const absl::Status& status);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_FAILURE_H_
