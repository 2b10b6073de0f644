// Who is revoked by a list, as sshd would say.
#ifndef MAYFLY_SSH_KRL_INDEX_H_
#define MAYFLY_SSH_KRL_INDEX_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "ssh/certificate.h"
#include "ssh/krl.h"
#include "ssh/public_key.h"

namespace mayfly::ssh {

enum class RevokedBy { kKey, kSha1, kSha256, kKeyId, kSerial };

struct Revocation {
  RevokedBy by = RevokedBy::kKey;
  bool of_the_ca = false;    // It is the CA's key that is revoked, and so all that it signed.
  bool for_any_ca = false;   // kKeyId and kSerial: in the section for any CA.
  std::string Text() const;  // "by its serial, for its CA"
  friend bool operator==(const Revocation&, const Revocation&) = default;
};

// A list made ready for questions; each is answered in O(log n). Immutable, and so thread-safe.
class KrlIndex {
 public:
  explicit KrlIndex(Krl krl);

  std::optional<Revocation> Find(const PublicKey& key) const;
  // In sshd's order: the subject's key, key ID and serial for its CA, then for any CA, then the
  // CA's key. Serial 0 is never revoked by number.
  std::optional<Revocation> Find(const Certificate& certificate) const;
  // The same of a certificate whose type is unknown here, by its parts.
  std::optional<Revocation> FindCertificate(BytesView plain_blob, Serial serial,
                                            const std::string& key_id, const PublicKey& ca) const;
  // A plain key of any type, by its blob.
  std::optional<Revocation> FindBlob(BytesView blob) const;

  const Krl& krl() const { return krl_; }  // Normalized, its `cas` by key.

 private:
  Krl krl_;
};

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_KRL_INDEX_H_
