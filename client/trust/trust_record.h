// What this machine holds about one CA that it trusts. Format: docs/cli.md, "Files".
#ifndef MAYFLY_CLIENT_TRUST_TRUST_RECORD_H_
#define MAYFLY_CLIENT_TRUST_TRUST_RECORD_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "bundle/manifest.h"
#include "ssh/public_key.h"

namespace mayfly::client {

// As it is stored: the signed manifest and the parts of it that a client needs, so that what is
// read back is verified once more.
struct TrustRecord {
  std::string name;     // [a-z0-9._-]{1,64}, chosen by the user.
  std::string address;  // host:port
  ssh::Fingerprint ca_id;
  std::string manifest;
  std::string signature;
  std::string user_cas;
  std::string host_cas;
  std::string tls_pins;

  std::string Serialize() const;  // JSON.
  static absl::StatusOr<TrustRecord> Parse(std::string_view json);
};

absl::Status CheckTrustName(std::string_view name);

// A record whose manifest the CA's trust key signed and whose parts are the manifest's.
struct TrustedCa {
  TrustRecord record;
  bundle::Manifest manifest;
  std::vector<ssh::PublicKey> user_cas;
  std::vector<ssh::PublicKey> host_cas;
  std::set<Sha256Digest> pins;

  // Whatever its age: whether it is still valid is for the caller to ask, who may fetch a newer
  // one.
  static absl::StatusOr<TrustedCa> Verify(TrustRecord record);
};

// "sha256:" and base64 of 32 bytes, as the manifest's pins are written.
absl::StatusOr<Sha256Digest> ParsePin(std::string_view pin);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_TRUST_TRUST_RECORD_H_
