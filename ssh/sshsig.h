// SSHSIG: signatures over any message with a namespace (OpenSSH's PROTOCOL.sshsig), as made by
// `ssh-keygen -Y sign`.
#ifndef MAYFLY_SSH_SSHSIG_H_
#define MAYFLY_SSH_SSHSIG_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::ssh {

// Bounds the blob before parsing: an RSA-16384 key and signature fit.
inline constexpr size_t kMaxSshsigSize = 8192;

// A parsed SSHSIG blob. Parse does not verify.
struct Sshsig {
  PublicKey key;  // Says who claims to have signed.
  std::string name_space;
  std::string hash_algorithm;  // "sha512" or "sha256"
  Signature signature;

  // Version 1 only (OpenSSH takes 0 too), namespace not empty, reserved empty, hash sha256 or
  // sha512, no trailing bytes. kInvalidArgument.
  static absl::StatusOr<Sshsig> Parse(BytesView blob);
  // The text form, from "-----BEGIN SSH SIGNATURE-----" on.
  static absl::StatusOr<Sshsig> ParseArmored(std::string_view text);
  Bytes Encode() const;
  std::string Armor() const;  // 70 columns, as ssh-keygen writes it.
};

// Signs SHA-512 of `message` in `name_space` with `sign`, whose key is `key`. Returns the blob.
absl::StatusOr<Bytes> SignSshsig(const PublicKey& key, const SignFunction& sign,
                                 std::string_view name_space, BytesView message);

// Verifies a blob and returns the key that signed. Whether that key may is the caller's business.
//   kInvalidArgument  malformed
//   kUnauthenticated  another namespace, or it does not verify
//   kUnimplemented    as Verify
absl::StatusOr<PublicKey> VerifySshsig(BytesView blob, std::string_view name_space,
                                       BytesView message, const VerifyOptions& options = {});

// The same, with what the signature says of the key's holder.
struct SshsigSigner {
  PublicKey key;
  HolderProof proof;
};
absl::StatusOr<SshsigSigner> VerifySshsigSigner(BytesView blob, std::string_view name_space,
                                                BytesView message,
                                                const VerifyOptions& options = {});

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_SSHSIG_H_
