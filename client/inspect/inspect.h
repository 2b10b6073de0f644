#ifndef MAYFLY_CLIENT_INSPECT_INSPECT_H_
#define MAYFLY_CLIENT_INSPECT_INSPECT_H_

#include <string>

#include "client/context.h"
#include "client/exit_code.h"

namespace mayfly::client {

// Shows a public key or a certificate from a file, or from standard input for "-", with everything
// in it escaped. kNo, with the reason, for what a CA should not touch: a weak key, a certificate
// that opens everything or that nobody can take back, one whose signature does not verify.
ExitCode Inspect(const Context& context, const std::string& file);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_INSPECT_INSPECT_H_
