// Fetching a CA's bundle from whoever answers, and believing only what the CA's trust key signed.
#ifndef MAYFLY_CLIENT_TRUST_BOOTSTRAP_H_
#define MAYFLY_CLIENT_TRUST_BOOTSTRAP_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/rpc/ca_client.h"
#include "client/trust/trust_record.h"

namespace mayfly::client {

// "https://ca.example.com:7443/", "ca.example.com:7443", "[::1]:7443", "ca.example.com" (port 7443)
// as host:port. kUsage.
absl::StatusOr<std::string> ParseAddress(std::string_view url);
std::string HostOf(std::string_view address);  // Without port and brackets.

// Fetches manifest, CA keys and TLS pins through `ca`.
//   kNotTrusted  another CA's, not signed, set back behind `min_version`, or past its valid_until
absl::StatusOr<TrustedCa> FetchTrust(CaClient& ca, const std::string& name,
                                     const std::string& address, const ssh::Fingerprint& ca_id,
                                     absl::Time now, uint64_t min_version);

// The CA id that a manifest names for itself, proven by its own signature only: for the local
// socket, whose folder already says who is behind it.
absl::StatusOr<ssh::Fingerprint> SelfProvenCaId(const v1::GetManifestResponse& answer);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_TRUST_BOOTSTRAP_H_
