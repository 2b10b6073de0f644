// OpenSSH certificates: OpenSSH's PROTOCOL.certkeys, draft-ietf-sshm-cert.
#ifndef MAYFLY_SSH_CERTIFICATE_H_
#define MAYFLY_SSH_CERTIFICATE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "ssh/options.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::ssh {

// Printed in decimal, as ssh-keygen does. 0 means "not numbered" and cannot be revoked by serial.
struct Serial {
  uint64_t value = 0;
  friend auto operator<=>(const Serial&, const Serial&) = default;
};

enum class CertificateKind : uint32_t { kUser = 1, kHost = 2 };
std::string_view CertificateKindName(CertificateKind kind);  // "user", "host"

// As OpenSSH's SSHKEY_CERT_MAX_PRINCIPALS.
inline constexpr size_t kMaxPrincipals = 256;
// sshd never takes a packet above 256 KiB, so a larger certificate could not log in.
inline constexpr size_t kMaxCertificateSize = 64 * 1024;
// "for ever" in the format; Mayfly never issues it.
inline constexpr uint64_t kForeverUnixSeconds = ~uint64_t{0};

// The to-be-signed part of a certificate: all but the signature, and with it the CA's key.
struct CertificateBody {
  PublicKey key;  // The subject's, plain.
  Bytes nonce;    // 32 random bytes, chosen by the CA.
  Serial serial;
  CertificateKind kind = CertificateKind::kUser;
  std::string key_id;
  std::vector<std::string> principals;
  uint64_t valid_after_unix_s = 0;   // Inclusive.
  uint64_t valid_before_unix_s = 0;  // Exclusive.
  OptionList critical_options;
  OptionList extensions;
  Bytes reserved;           // Empty in what we make; kept for byte-exact re-encoding.
  PublicKey signature_key;  // The CA's, plain.

  absl::Time valid_after() const;
  absl::Time valid_before() const;  // InfiniteFuture for "for ever" and beyond absl's range.
  // The bytes that are signed.
  Bytes Encode() const;
  friend bool operator==(const CertificateBody&, const CertificateBody&) = default;
};

// A signed certificate. If you hold one that came from Parse it is well-formed and re-encodes to
// the bytes it came from; whether its signature verifies is VerifySignature's answer.
struct Certificate {
  CertificateBody body;
  Signature signature;

  // Strict: known types, no NUL in text, kind 1 or 2, options sorted and unique, each principal not
  // empty, at most kMaxPrincipals, signature key a plain key (never a certificate, refused by its
  // type name before it is parsed), nothing after the signature, at most kMaxCertificateSize bytes.
  // An *empty* list of principals and after >= before parse: they exist in the wild; `inspect`
  // shows them and the lints refuse them. kInvalidArgument.
  static absl::StatusOr<Certificate> Parse(BytesView blob);
  // "ssh-ed25519-cert-v01@openssh.com AAAA… comment". The type word must equal the blob's.
  static absl::StatusOr<Certificate> ParseLine(std::string_view line,
                                               std::string* comment = nullptr);
  Bytes Encode() const;
  std::string Line(std::string_view comment = {}) const;
  // kUnauthenticated when the CA's signature does not verify with body.signature_key. Says nothing
  // of whether that key is trusted or the time is right. A CA's security key need not have been
  // touched (sshd does not ask either); SHA-1 is refused.
  absl::Status VerifySignature() const;
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

// Signs `body` with `sign`, whose key must be body.signature_key; parses the result again, verifies
// its signature and compares it with `body` before returning it. Errors of `sign` are passed on.
//   kInvalidArgument  `body` would not parse; found before `sign` is called
//   kInternal         the signature does not verify: treat the key as faulty, or as another one
absl::StatusOr<Certificate> SignCertificate(const CertificateBody& body, const SignFunction& sign);

// Whether a type name is that of any certificate ("…-cert-v01@openssh.com" and kin).
bool IsCertificateTypeName(std::string_view name);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_CERTIFICATE_H_
