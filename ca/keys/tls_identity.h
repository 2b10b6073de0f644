// The daemon's own TLS key and certificate, for a CA without an operator's certificate: clients
// know it by its pin in the bundle, so it needs no authority above it.
#ifndef MAYFLY_CA_KEYS_TLS_IDENTITY_H_
#define MAYFLY_CA_KEYS_TLS_IDENTITY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret_bytes.h"

namespace mayfly::keys {

inline constexpr absl::Duration kTlsIdentityLifetime = absl::Hours(24 * 3650);

// Makes an ECDSA P-256 key and a self-signed certificate for `addresses`: host names and IP
// addresses without ports, at least one. Valid from a day before `now` (slow clocks) for ten years.
// Returns one PEM text, the key (PKCS#8, not encrypted) and then the certificate; write it with
// mode 0600.
//   kInvalidArgument  an address is neither, or there is none
absl::StatusOr<SecretBytes> MakeTlsIdentity(const std::vector<std::string>& addresses,
                                            absl::Time now);

// The pin of the first certificate in `pem`: "sha256:" and the base64 of SHA-256 over its
// SubjectPublicKeyInfo, as in RFC 7469 and curl's --pinnedpubkey. kInvalidArgument without one.
absl::StatusOr<std::string> SpkiPin(std::string_view pem);

// Whether a server can use `pem`: a private key (not encrypted) and a certificate for it, valid at
// `now`. Names do not matter, clients go by the pin. kInvalidArgument says what is wrong.
absl::Status CheckTlsIdentity(const SecretBytes& pem, absl::Time now);

}  // namespace mayfly::keys

#endif  // MAYFLY_CA_KEYS_TLS_IDENTITY_H_
