// How a host that the CA does not know yet introduces itself.
#ifndef MAYFLY_CLIENT_HOST_INTRODUCTION_H_
#define MAYFLY_CLIENT_HOST_INTRODUCTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/context.h"
#include "client/host/host_commands.h"
#include "client/host/host_plan.h"
#include "client/rpc/call_signer.h"
#include "ssh/public_key.h"

namespace mayfly::client {

struct Introduction {
  std::vector<std::string> addresses;  // Of the CA.
  ssh::Fingerprint ca_id;
  Credential credential;
  std::string hostname;  // Claimed; empty = as attested.
};

// Reads the token, or looks at the client certificate, or asks the cloud, as `options.from` says.
// Nothing is sent to the CA. Fails before anything is fetched when an option is missing.
absl::StatusOr<Introduction> Introduce(const Context& context, const EnrollOptions& options,
                                       const std::vector<HostKey>& keys);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_INTRODUCTION_H_
