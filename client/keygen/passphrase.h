// The passphrase of a key file, asked for as ssh-keygen asks.
#ifndef MAYFLY_CLIENT_KEYGEN_PASSPHRASE_H_
#define MAYFLY_CLIENT_KEYGEN_PASSPHRASE_H_

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "client/context.h"

namespace mayfly::client {

// Asks once, in ssh-keygen's order: the program $SSH_ASKPASS, where SSH_ASKPASS_REQUIRE or a
// display with standard input elsewhere calls for it; the terminal; without one, a line of standard
// input. Blocks until somebody answers.
//   kFailedPrecondition  there is nobody to ask, with what to do
//   kInvalidArgument     the answer is too long
//   kAborted             the question was interrupted, or the program failed
absl::StatusOr<SecretBytes> AskPassphrase(const Context& context);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_PASSPHRASE_H_
