#ifndef MAYFLY_CA_ISSUANCE_CHECK_H_
#define MAYFLY_CA_ISSUANCE_CHECK_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ca/model/decision.h"
#include "ca/model/subject.h"
#include "ssh/certificate.h"

namespace mayfly::issuance {

// What no certificate of ours may exceed, whatever a policy says.
struct CheckLimits {
  absl::Duration max_user_lifetime = absl::Hours(24 * 7);
  absl::Duration max_host_lifetime = absl::Hours(24 * 366);
  absl::Duration backdate;
  absl::Time until = absl::InfiniteFuture();  // The identity's end.
};

// Holds a composed body against the terms that were granted and against the lint list, before any
// key is touched: an error here is a mistake of ours (kInternal), and nothing is recorded or
// signed.
absl::Status CheckBody(const ssh::CertificateBody& body, const model::Terms& terms,
                       const model::KeyId& key_id, absl::Time now, const CheckLimits& limits);

}  // namespace mayfly::issuance

#endif  // MAYFLY_CA_ISSUANCE_CHECK_H_
