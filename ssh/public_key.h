// Public keys: parse, print, fingerprint, judge. Formats: RFC 4253 6.6 (ssh-rsa), RFC 5656 (ecdsa),
// RFC 8709 (ssh-ed25519), OpenSSH's PROTOCOL.u2f (sk-*), and the composite of ML-DSA-44 and Ed25519
// of OpenSSH 10.4 (draft-miller-sshm-mldsa44-ed25519-composite-sigs).
#ifndef MAYFLY_SSH_PUBLIC_KEY_H_
#define MAYFLY_SSH_PUBLIC_KEY_H_

#include <compare>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace mayfly::ssh {

class Reader;

enum class KeyType {
  kEd25519,
  kEcdsaP256,
  kEcdsaP384,
  kEcdsaP521,
  kRsa,
  kSkEd25519,
  kSkEcdsaP256,
  kMldsa44Ed25519
};

// The name inside a plain key blob: "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa",
// "sk-ssh-ed25519@openssh.com" …
std::string_view KeyTypeName(KeyType type);
// The name inside a certificate blob: "ssh-ed25519-cert-v01@openssh.com" …
std::string_view CertificateTypeName(KeyType type);
// Short names of policies and options: "ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa",
// "sk-ed25519", "sk-ecdsa-p256", "mldsa44-ed25519". kInvalidArgument lists them.
std::string_view KeyTypeShortName(KeyType type);
absl::StatusOr<KeyType> ParseKeyTypeShortName(std::string_view name);
const std::vector<KeyType>& AllKeyTypes();
bool IsSecurityKey(KeyType type);  // The sk-* types.

// The fingerprint of a public key as OpenSSH prints it: "SHA256:" and 43 characters of base64.
struct Fingerprint {
  std::string text;
  static absl::StatusOr<Fingerprint> Parse(std::string_view text);
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
};
Fingerprint FingerprintOf(BytesView key_blob);

// A well-formed public key. If you hold one: its type is known, its blob has no trailing bytes and
// is canonical (mpints minimal), an ECDSA point is on its curve and not infinity, an RSA modulus
// has at most 16,384 bits. It may still be weak: see CheckSubjectKey. Comparable by blob, immutable
// and so thread-safe. Copies share what they hold, so copying is cheap; one that was moved from can
// only be destroyed or assigned to.
class PublicKey {
 public:
  // Refuses a certificate by its type name before parsing it, an unknown or DSA type by name, and
  // anything malformed: always kInvalidArgument, with a sentence fit for the caller.
  static absl::StatusOr<PublicKey> ParseBlob(BytesView blob);
  // "ssh-ed25519 AAAA… comment", as in a .pub file: one line (a final newline is allowed). The type
  // word must equal the type in the blob. No authorized_keys options. `comment` may be null.
  static absl::StatusOr<PublicKey> ParseLine(std::string_view line, std::string* comment = nullptr);

  static PublicKey Ed25519(BytesView point_32_bytes);

  KeyType type() const { return parts_->type; }
  // The modulus for RSA, the curve for ECDSA, 256 for ed25519 and, as OpenSSH counts, the
  // composite.
  int bits() const { return parts_->bits; }
  BytesView blob() const { return parts_->blob; }
  // Computed once for all copies. Lives as long as the last of them.
  const ssh::Fingerprint& Fingerprint() const;
  // "ssh-ed25519 AAAA…", and " comment" when it is not empty. A control character in the comment
  // becomes '?', so that no comment makes a second line in a file that sshd reads.
  std::string Line(std::string_view comment = {}) const;

  // Components, empty where the type has none. Integers big-endian, without sign byte.
  // ed25519 (32 bytes, of the composite too), ECDSA (uncompressed).
  BytesView point() const { return parts_->point; }
  BytesView mldsa_key() const { return parts_->mldsa_key; }  // ML-DSA-44 (1,312 bytes).
  BytesView rsa_modulus() const { return parts_->modulus; }
  BytesView rsa_exponent() const { return parts_->exponent; }
  const std::string& application() const { return parts_->application; }  // sk-* only, e.g. "ssh:".

  friend bool operator==(const PublicKey& a, const PublicKey& b) {
    return a.parts_->blob == b.parts_->blob;
  }
  friend auto operator<=>(const PublicKey& a, const PublicKey& b) {
    return a.parts_->blob <=> b.parts_->blob;
  }

 private:
  struct Parts {
    KeyType type = KeyType::kEd25519;
    int bits = 0;
    Bytes blob, point, modulus, exponent, mldsa_key;
    std::string application;
    mutable std::once_flag once;
    mutable ssh::Fingerprint fingerprint;  // Empty before `once`.
  };
  // Of parts.type, up to the application.
  static absl::Status ReadComponents(Reader& reader, Parts& parts);
  explicit PublicKey(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

  std::shared_ptr<const Parts> parts_;
};

class WeakKeyList;

// Bounds for keys that Mayfly certifies or trusts as a credential.
struct KeyLimits {
  int min_rsa_bits = 3072;  // Never below 2048, whatever is configured.
  int max_rsa_bits = 8192;  // Larger moduli cost every verifier milliseconds.
  // Keys known to be weak (weak_key_list.h), or null. Outlives every use of the limits.
  const WeakKeyList* known_weak = nullptr;
  // A signature by the key has just been verified. For ed25519 that has refused a point that is off
  // the curve, of small order or not in its one canonical form (signature.h), and the point is not
  // looked at again: what is left, a small-order part that its holder can only have put there on
  // purpose and that gains nothing which a second key would not, costs nearly another verification
  // to find.
  bool possession_proven = false;
};

// Whether a CA should touch `key` at all. RSA: size within limits, exponent odd and from 65537 to
// 2^32-1, a modulus in which WeaknessOfModulus (rsa_modulus.h) finds nothing. Ed25519, also in a
// security key: a canonical point on the curve, in the prime-order subgroup. sk application "ssh:"
// or "ssh:…". The composite type: both its keys, and only where CanVerifyMldsa (mldsa.h), for else
// nobody here could tell whether its holder has it. None that limits.known_weak lists. RSA-3072
// takes 6 ms, RSA-8192 some 90. kInvalidArgument with one sentence that names the weakness and what
// to do.
absl::Status CheckSubjectKey(const PublicKey& key, const KeyLimits& limits = {});

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_PUBLIC_KEY_H_
