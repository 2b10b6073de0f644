#ifndef MAYFLY_CLIENT_HOST_HOST_CALLS_H_
#define MAYFLY_CLIENT_HOST_HOST_CALLS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/random.h"
#include "ca/model/subject.h"
#include "client/host/host_plan.h"
#include "client/rpc/ca_client.h"
#include "client/rpc/call_signer.h"
#include "ssh/certificate.h"

namespace mayfly::client {

// What the CA answered: one certificate a key, in the order of the keys, each checked to be what
// was asked: a host certificate of that very key, whose signature verifies.
struct HostAnswer {
  std::vector<ssh::Certificate> certificates;
  std::string subject;
  model::Labels labels;
};

struct HostAsk {
  std::string ca_id;
  std::string hostname;                 // Empty = as attested.
  std::vector<std::string> principals;  // Empty = all of the grant's.
};

// One call, one document per host key, all proven by the same credential: a join token's key, a
// client certificate, an instance's document. When the clock is off, once more by the CA's.
absl::StatusOr<HostAnswer> CallEnroll(CaClient& ca, const HostAsk& ask,
                                      const std::vector<HostKey>& keys,
                                      const Credential& credential, const Clock& clock,
                                      Random& random);
// The same, each document proven by its own host key.
absl::StatusOr<HostAnswer> CallRenew(CaClient& ca, const HostAsk& ask,
                                     const std::vector<HostKey>& keys, const Clock& clock,
                                     Random& random);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_HOST_CALLS_H_
