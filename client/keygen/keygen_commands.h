// The actions of `mayfly keygen`. Each returns ssh-keygen's exit status for its outcome; an error
// is reported by the caller and ends with kKeygenRefused.
#ifndef MAYFLY_CLIENT_KEYGEN_KEYGEN_COMMANDS_H_
#define MAYFLY_CLIENT_KEYGEN_KEYGEN_COMMANDS_H_

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/keygen/keygen_options.h"

namespace mayfly::client {

// -s: a certificate for each key, in KEY-cert.pub. Stops at the first error; those before it stay.
absl::StatusOr<int> SignKeys(const Context& context, const KeygenOptions& options);

// -L: every certificate of a file, in ssh-keygen's words, byte for byte, except that what could
// move the cursor of a terminal is escaped when `to_terminal`. 1 when there was none.
absl::StatusOr<int> ShowCertificates(const Context& context, const KeygenOptions& options,
                                     bool to_terminal);

// -k: a revocation list, new or (-u) added to. It is read back before it replaces the old one.
absl::StatusOr<int> MakeKrl(const Context& context, const KeygenOptions& options);

// -Q: whether each key is revoked; 1 when one is. -l prints the list.
absl::StatusOr<int> QueryKrl(const Context& context, const KeygenOptions& options);

// -Q --lint: what the list would do to an sshd; 1 when that is a problem.
absl::StatusOr<int> LintKrl(const Context& context, const KeygenOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_KEYGEN_COMMANDS_H_
