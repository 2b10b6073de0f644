// Makes the trust bundle. Its format and its verification, which clients and hosts share: bundle/.
#ifndef MAYFLY_CA_REVOCATION_BUNDLE_H_
#define MAYFLY_CA_REVOCATION_BUNDLE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "bundle/manifest.h"
#include "bundle/principals_map.h"
#include "ca/keys/signer.h"
#include "ca/model/subject.h"
#include "ssh/public_key.h"

namespace mayfly::revocation {

// Past it a host keeps its last good files, alarms and counts as stale; it is signed again hourly.
inline constexpr absl::Duration kBundleValidity = absl::Hours(24 * 7);

struct PrincipalsPart {
  model::Labels labels;  // Of the hosts that it is for; each set once.
  bundle::PrincipalsMap map;
};

struct BundleContents {
  std::vector<ssh::PublicKey> user_cas;
  std::vector<ssh::PublicKey> host_cas;
  Bytes krl;  // ssh::Krl::Encode; never empty.
  std::vector<PrincipalsPart> principals;
  std::vector<std::string> tls_pins;
};

// What the Trust service hands out.
struct SignedBundle {
  Bytes manifest;
  Bytes signature;               // SSHSIG blob by the trust key, namespace manifest.v1@mayfly.
  std::map<Bytes, Bytes> parts;  // Contents by their SHA-256.
};

// Signs a bundle, and reads it back as a client would before returning it: a bundle that a host
// refuses would leave it stale, and a bad KRL would lock everyone out. Errors of `trust` are passed
// on.
//   kInvalidArgument     some part would not be read back, or stands in the bundle twice
//   kFailedPrecondition  a key has two uses, or the KRL revokes a CA key that is trusted
absl::StatusOr<SignedBundle> BuildBundle(const BundleContents& contents, uint64_t version,
                                         absl::Time now, const keys::Signer& trust,
                                         absl::Duration validity = kBundleValidity);

}  // namespace mayfly::revocation

#endif  // MAYFLY_CA_REVOCATION_BUNDLE_H_
