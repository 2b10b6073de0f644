// `mayfly keygen`: the certificate and revocation-list part of ssh-keygen, offline, for scripts and
// for moving house. Same arguments, files and exit statuses; docs/cli.md lists the differences.
#ifndef MAYFLY_CLIENT_KEYGEN_KEYGEN_H_
#define MAYFLY_CLIENT_KEYGEN_KEYGEN_H_

#include <string>
#include <string_view>
#include <vector>

#include "client/context.h"

namespace mayfly::client {

// `arguments` are those behind "keygen": they are ssh-keygen's own, and nothing else parses them.
// Returns the exit status.
int RunKeygen(Context& context, const std::vector<std::string>& arguments);

std::string_view KeygenHelp();

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_KEYGEN_KEYGEN_H_
