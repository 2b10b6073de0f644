#ifndef MAYFLY_CA_LEDGER_CERTIFICATES_H_
#define MAYFLY_CA_LEDGER_CERTIFICATES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/ledger/records.h"
#include "ca/store/store.h"

namespace mayfly::ledger {

// The row of one recorded body; it is unsigned until SetCertificate.
store::Operation InsertCertificate(const IssuanceRecord& issuance, const model::Subject& subject,
                                   const std::string& request_id, absl::Time now);
// kFailedPrecondition when exactly this body was not recorded.
store::Operation SetCertificate(const ssh::Certificate& certificate);

absl::StatusOr<CertificateState> FindCertificate(store::Store& store, ssh::Serial serial);
absl::StatusOr<std::vector<CertificateState>> ListCertificates(store::Store& store,
                                                               const CertificateQuery& query);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_CERTIFICATES_H_
