#include "ca/issuance/certificate_signer.h"

#include <utility>

#include "base/status.h"

namespace mayfly::issuance {

absl::StatusOr<ssh::Certificate> CertificateSigner::Sign(ledger::IssuanceTicket&& ticket) const {
  const ledger::IssuanceTicket spent = std::move(ticket);
  const keys::Signer& signer = *ring_.ca(spent.body().kind).signer;
  if (signer.public_key() != spent.body().signature_key) {
    return FailedPrecondition("the CA key changed after the certificate was recorded; ask again");
  }
  // SignCertificate verifies the finished certificate, as it will be read.
  return ssh::SignCertificate(spent.body(),
                              [&](BytesView message) { return signer.SignUnverified(message); });
}

}  // namespace mayfly::issuance
