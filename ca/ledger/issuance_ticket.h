#ifndef MAYFLY_CA_LEDGER_ISSUANCE_TICKET_H_
#define MAYFLY_CA_LEDGER_ISSUANCE_TICKET_H_

#include <utility>

#include "ssh/certificate.h"

namespace mayfly::ledger {

// The permission to make exactly one signature. Only Ledger makes one, once the record of what will
// be signed is durable; signing consumes it.
class IssuanceTicket {
 public:
  IssuanceTicket(IssuanceTicket&&) noexcept = default;  // Move-only.
  IssuanceTicket& operator=(IssuanceTicket&&) noexcept = default;
  const ssh::CertificateBody& body() const { return body_; }

 private:
  friend class Ledger;
  explicit IssuanceTicket(ssh::CertificateBody body) : body_(std::move(body)) {}
  ssh::CertificateBody body_;
};

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_ISSUANCE_TICKET_H_
