// Signatures as SSH carries them: "string algorithm, string bytes" and, for sk-* keys, flags and a
// counter (RFC 4253 6.6, RFC 8332, RFC 5656 3.1.2, RFC 8709, PROTOCOL.u2f).
#ifndef MAYFLY_SSH_SIGNATURE_H_
#define MAYFLY_SSH_SIGNATURE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/public_key.h"

namespace mayfly::ssh {

struct Signature {
  std::string algorithm;  // "ssh-ed25519", "rsa-sha2-512", "ecdsa-sha2-nistp256", "sk-…"
  // ed25519: 64 bytes. RSA: as long as the modulus. ECDSA: mpint r, mpint s. Composite: 2,420 bytes
  // of ML-DSA-44, 64 of ed25519.
  Bytes bytes;
  uint8_t sk_flags = 0;  // sk-* only.
  uint32_t sk_counter = 0;

  Bytes Encode() const;
  static absl::StatusOr<Signature> Parse(BytesView blob);  // Ends where the signature ends.
  friend bool operator==(const Signature&, const Signature&) = default;
};

inline constexpr uint8_t kSkUserPresent = 0x01;
inline constexpr uint8_t kSkUserVerified = 0x04;

// What a verifier accepts beyond a valid signature.
struct VerifyOptions {
  bool require_user_presence = true;       // sk-*: PROTOCOL.u2f's "touch".
  bool require_user_verification = false;  // sk-*: PIN or biometrics.
};

// What a signature says of whoever made it: nothing, unless by a security key.
struct HolderProof {
  bool by_security_key = false;
  bool user_present = false;   // Touched.
  bool user_verified = false;  // By PIN or biometrics.
  uint32_t counter = 0;        // The token's; many tokens leave it at 0.
  friend bool operator==(const HolderProof&, const HolderProof&) = default;
};
// To be believed once the signature was verified: flags and counter are signed with the message.
HolderProof HolderProofOf(const Signature& signature);

// Whether the signature's algorithm is one of the key's type.
bool SignatureFits(const PublicKey& key, const Signature& signature);

// OK when `signature` over `message` verifies with `key` under the algorithm that fits the key's
// type. RSA: rsa-sha2-256 or rsa-sha2-512 only, never SHA-1, exactly as long as the modulus.
// Ed25519: RFC 8032 with S < L (libsodium). ECDSA: r, s minimal mpints within the order.
//   kInvalidArgument  the algorithm does not fit the key, or the encoding is not canonical
//   kUnauthenticated  it does not verify, or a required flag is missing
//   kUnimplemented    a composite signature, and this machine's OpenSSL has no ML-DSA
// Thread-safe; 15-70 µs, the composite some 200 µs.
absl::Status Verify(const PublicKey& key, BytesView message, const Signature& signature,
                    const VerifyOptions& options = {});

// Makes a signature over a whole message with some key; how SSHSIG, certificates and calls are
// signed by file, agent or device alike.
using SignFunction = std::function<absl::StatusOr<Signature>(BytesView message)>;

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_SIGNATURE_H_
