// Fetching the trust bundle from whoever answers: all of it is held against the CA id.
#ifndef MAYFLY_CLIENT_HOST_BUNDLE_FETCH_H_
#define MAYFLY_CLIENT_HOST_BUNDLE_FETCH_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "bundle/manifest.h"
#include "client/rpc/ca_client.h"
#include "ssh/public_key.h"

namespace mayfly::client {

// The verified manifest; errors are kNotTrusted.
absl::StatusOr<bundle::Manifest> FetchManifest(CaClient& ca, const ssh::Fingerprint& ca_id,
                                               uint64_t least_version, absl::Time now);
// One part, which is what the manifest says.
absl::StatusOr<Bytes> FetchPart(CaClient& ca, const bundle::Part& part);
// "sha256:BASE64" as digests.
absl::StatusOr<std::set<Sha256Digest>> PinDigests(const std::vector<std::string>& pins);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_HOST_BUNDLE_FETCH_H_
