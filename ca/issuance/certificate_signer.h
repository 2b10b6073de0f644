#ifndef MAYFLY_CA_ISSUANCE_CERTIFICATE_SIGNER_H_
#define MAYFLY_CA_ISSUANCE_CERTIFICATE_SIGNER_H_

#include "absl/status/statusor.h"
#include "ca/keys/key_ring.h"
#include "ca/ledger/issuance_ticket.h"
#include "ssh/certificate.h"

namespace mayfly::issuance {

// The only code that hands certificate bytes to a CA's Signer; script/check/arrows holds others
// off. Thread-safe. `ring` outlives it.
class CertificateSigner {
 public:
  explicit CertificateSigner(const keys::KeyRing& ring) : ring_(ring) {}

  // Signs what the ledger recorded, once. The certificate was parsed again and verified. Errors are
  // the Signer's; the record stands and reads "recorded, never signed".
  absl::StatusOr<ssh::Certificate> Sign(ledger::IssuanceTicket&& ticket) const;

 private:
  const keys::KeyRing& ring_;
};

}  // namespace mayfly::issuance

#endif  // MAYFLY_CA_ISSUANCE_CERTIFICATE_SIGNER_H_
