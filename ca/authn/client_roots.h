// Whom client certificates come from: the roots of one mtls authenticator, and what they revoked.
#ifndef MAYFLY_CA_AUTHN_CLIENT_ROOTS_H_
#define MAYFLY_CA_AUTHN_CLIENT_ROOTS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/authn/last_good.h"
#include "ca/authn/remembered_certificates.h"

namespace mayfly::authn {

// Thread-safe. Reads its files at Open and whenever Reload finds them changed; a file that is wrong
// leaves the last good ones in force.
class ClientRoots {
 public:
  struct Options {
    std::string roots_path;  // PEM certificates. Self-signed or not, each is trusted as it stands.
    std::string crl_path;    // PEM CRLs, one for each CA that signs clients; empty = none is asked.
  };
  // Errors name the file.
  static absl::StatusOr<std::unique_ptr<ClientRoots>> Open(Options options);
  ~ClientRoots();

  // Reads the files again if they have changed, or `always`; `*was_read` (may be null) says whether
  // it did. The answer is how the last reading went.
  absl::Status Reload(bool always, bool* was_read = nullptr);

  // Verifies a certificate that the TLS handshake proved possession of, with the intermediates that
  // came with it: chain, time, purpose (client), strength (112 bits: RSA from 2048, no SHA-1) and,
  // where there is a CRL file, that neither it nor an intermediate is revoked. A CRL that is
  // missing for its issuer, or past its next update, refuses all. What verified is remembered, for
  // whoever proves possession of the same again, until a file is read again, a certificate of the
  // chain ends, a CRL begins or ends, or the clock goes back.
  //   kInvalidArgument   it cannot be parsed
  //   kUnauthenticated   it does not verify; the message says why, for the log
  absl::StatusOr<VerifiedCertificate> Verify(std::string_view leaf_pem, std::string_view chain_pem,
                                             absl::Time now) const;

  // How many chains were verified so far; what was remembered is not among them.
  int64_t verifications() const { return verifications_; }

 private:
  struct Snapshot;
  explicit ClientRoots(Options options);
  static absl::StatusOr<std::shared_ptr<const Snapshot>> Read(const Options& options);

  const Options options_;
  LastGood<Snapshot> files_;
  mutable std::atomic<int64_t> verifications_ = 0;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_CLIENT_ROOTS_H_
