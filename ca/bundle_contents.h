#ifndef MAYFLY_CA_BUNDLE_CONTENTS_H_
#define MAYFLY_CA_BUNDLE_CONTENTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "ca/keys/key_ring.h"
#include "ca/ledger/ledger.h"
#include "ca/policy/policy_set.h"
#include "ca/revocation/bundle_publisher.h"

namespace mayfly {

// What the bundle is to say now: CA keys from the ring, principals from the policy for every label
// set that a host has, the pin of the certificate in the file `tls_pem`.
absl::StatusOr<revocation::Publication> GatherBundle(const std::string& ca_name,
                                                     const std::string& tls_pem,
                                                     const keys::KeyRing& ring,
                                                     ledger::Ledger& ledger,
                                                     const policy::PolicySet& policy);

}  // namespace mayfly

#endif  // MAYFLY_CA_BUNDLE_CONTENTS_H_
