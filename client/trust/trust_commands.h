// mayfly trust: which CAs this user believes.
#ifndef MAYFLY_CLIENT_TRUST_TRUST_COMMANDS_H_
#define MAYFLY_CLIENT_TRUST_TRUST_COMMANDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/context.h"

namespace mayfly::client {

struct TrustAddOptions {
  std::string url;
  std::string fingerprint;
  std::string name;  // Empty = the host of the URL.
};
absl::Status TrustAdd(Context& context, const TrustAddOptions& options);
absl::Status TrustList(Context& context);
absl::Status TrustRemove(Context& context, const std::string& name);
absl::Status TrustRefresh(Context& context);  // Of the chosen CA.

struct TrustPrintOptions {
  bool sshd = false;                  // User CAs, for TrustedUserCAKeys.
  bool known_hosts = false;           // Host CAs, as @cert-authority lines.
  std::vector<std::string> patterns;  // Of hosts; empty = "*".
};
absl::Status TrustPrint(Context& context, const TrustPrintOptions& options);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_TRUST_TRUST_COMMANDS_H_
