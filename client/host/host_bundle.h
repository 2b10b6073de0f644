#ifndef MAYFLY_CLIENT_HOST_HOST_BUNDLE_H_
#define MAYFLY_CLIENT_HOST_HOST_BUNDLE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bundle/manifest.h"
#include "bundle/principals_map.h"
#include "client/rpc/ca_client.h"
#include "ssh/public_key.h"

namespace mayfly::client {

// What a host takes from a bundle, verified and read.
struct HostBundle {
  bundle::Manifest manifest;
  std::string user_cas;  // As TrustedUserCAKeys has it.
  std::string krl;       // As RevokedKeys has it; read by our own reader.
  std::vector<std::string> tls_pins;
  bundle::PrincipalsMap
      principals;  // For this host's labels; plain principals where there is none yet.
};

// Fetches manifest and parts over TLS to whoever answers; all of it is held against the CA id.
absl::StatusOr<HostBundle> FetchHostBundle(CaClient& unverified, const ssh::Fingerprint& ca_id,
                                           const model::Labels& labels, uint64_t least_version,
                                           absl::Time now);

// The first address that answers with a manifest of this CA, and a connection to it that is pinned.
struct ReachedCa {
  std::unique_ptr<CaClient> unverified;
  std::unique_ptr<CaClient> pinned;
};
absl::StatusOr<ReachedCa> ReachCa(const std::vector<std::string>& addresses,
                                  const ssh::Fingerprint& ca_id, uint64_t least_version,
                                  absl::Time now, absl::Duration timeout,
                                  const ClientCertificateFiles& client = {});

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_HOST_BUNDLE_H_
