#ifndef MAYFLY_CLIENT_INSPECT_INSPECT_H_
#define MAYFLY_CLIENT_INSPECT_INSPECT_H_

#include <string>

#include "client/context.h"
#include "client/exit_code.h"

namespace mayfly::client {

// Shows what stands in a file, or on standard input for "-", with everything in it escaped: public
// keys and certificates, one a line, an SSH signature, or a key revocation list. kNo, with the
// reason, for what is malformed and for what a CA should not touch: a weak key, keys that share a
// prime, a certificate that opens everything or that nobody can take back, one whose signature does
// not verify. A private key is refused unshown.
ExitCode Inspect(const Context& context, const std::string& file);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_INSPECT_INSPECT_H_
