#ifndef MAYFLY_CA_ISSUANCE_COMPOSE_H_
#define MAYFLY_CA_ISSUANCE_COMPOSE_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "ca/model/decision.h"
#include "ca/model/subject.h"
#include "ssh/certificate.h"

namespace mayfly::issuance {

// All that a certificate body is made of.
struct Ingredients {
  model::Terms terms;
  ssh::PublicKey key;  // The subject's.
  ssh::PublicKey ca_key;
  ssh::Serial serial;   // From the ledger.
  model::KeyId key_id;  // Subject and epoch.
  absl::Time now;
  absl::Duration backdate;  // For clocks that are behind ours.
  Bytes nonce;              // 32 random bytes.
};

// Pure. valid-before is now + lifetime, valid-after is now - backdate, both in whole seconds;
// principals as in the terms; options and extensions in lexical order, each of its right kind.
// kInvalidArgument when a value has no encoding (a source network of prefix 0).
absl::StatusOr<ssh::CertificateBody> Compose(const Ingredients& ingredients);

}  // namespace mayfly::issuance

#endif  // MAYFLY_CA_ISSUANCE_COMPOSE_H_
