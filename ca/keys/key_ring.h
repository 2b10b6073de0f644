#ifndef MAYFLY_CA_KEYS_KEY_RING_H_
#define MAYFLY_CA_KEYS_KEY_RING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "ca/keys/key_file.h"
#include "ca/keys/signer.h"
#include "ssh/certificate.h"

namespace mayfly::keys {

// One CA key with what is known of it.
struct RingKey {
  KeyFileHeader header;
  std::unique_ptr<Signer> signer;
};

// The keys that mayflyd works with: trust key, user CA, host CA. Immutable; thread-safe.
class KeyRing {
 public:
  // Opens trust.key, user-ca.key and host-ca.key in `folder` with one passphrase. Refuses user
  // CA and host CA being the same key, a file whose role is not its name's, and an RSA CA key below
  // 3072 bits. Errors as OpenKeyFile, naming the file.
  static absl::StatusOr<KeyRing> Open(const std::string& folder, const SecretBytes& passphrase);
  static absl::StatusOr<KeyRing> Create(RingKey trust, RingKey user_ca, RingKey host_ca);

  const RingKey& trust() const { return trust_; }
  // The active CA key for a kind of certificate.
  const RingKey& ca(ssh::CertificateKind kind) const {
    return kind == ssh::CertificateKind::kUser ? user_ca_ : host_ca_;
  }
  // Whether `key` is any of ours (also the trust key): such a key is never certified.
  bool IsOurs(const ssh::PublicKey& key) const;
  // The CA id: fingerprint of the trust key.
  std::string ca_id() const { return trust_.signer->public_key().Fingerprint().text; }

 private:
  KeyRing(RingKey trust, RingKey user_ca, RingKey host_ca);
  RingKey trust_, user_ca_, host_ca_;
};

}  // namespace mayfly::keys

#endif  // MAYFLY_CA_KEYS_KEY_RING_H_
