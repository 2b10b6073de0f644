// A question on the terminal whose answer is not shown.
#ifndef MAYFLY_BASE_TERMINAL_PROMPT_H_
#define MAYFLY_BASE_TERMINAL_PROMPT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"

namespace mayfly {

// Asks on the process's terminal (/dev/tty, whatever standard input is), without echo, and returns
// the line without its end. A signal that ends or stops the process first gives the terminal its
// echo back; after a stop the question is asked again. One call at a time in a process.
//   kFailedPrecondition  the process has no terminal
//   kInvalidArgument     the answer has more than `max_size` bytes
//   kAborted             a signal came that the process survived, or the terminal closed
absl::StatusOr<SecretBytes> AskOnTerminal(std::string_view question, size_t max_size);

}  // namespace mayfly

#endif  // MAYFLY_BASE_TERMINAL_PROMPT_H_
