// TLS pins: SHA-256 of a certificate's SubjectPublicKeyInfo, as RFC 7469 has it. A pin names the
// server's key, so its certificate may be renewed freely.
#ifndef MAYFLY_CLIENT_RPC_TLS_PIN_H_
#define MAYFLY_CLIENT_RPC_TLS_PIN_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace mayfly::client {

// The pin of the first certificate in `pem`. kInvalidArgument when there is none.
absl::StatusOr<Sha256Digest> PinOfCertificate(std::string_view pem);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_RPC_TLS_PIN_H_
