// Signatures of revocation lists: beside the file, never in it, because OpenSSH 9.4 and later
// refuse a list with a signature section, and with it every key. `ssh-keygen -Y sign -n
// krl.v1@mayfly` makes the same.
#ifndef MAYFLY_SSH_KRL_SIGNATURE_H_
#define MAYFLY_SSH_KRL_SIGNATURE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ssh/public_key.h"
#include "ssh/signature.h"

namespace mayfly::ssh {

// Over the bytes of a list (docs/formats/signed-call.md has the table).
inline constexpr std::string_view kKrlNamespace = "krl.v1@mayfly";

// The armored SSHSIG of `krl` by `sign`, whose key is `key`.
absl::StatusOr<std::string> SignKrl(const PublicKey& key, const SignFunction& sign, BytesView krl);

// OK when `armored` is `signer`'s over `krl`. A signature says who made a list, not that it is the
// newest: whoever installs one refuses a lower version.
//   kInvalidArgument  malformed
//   kUnauthenticated  another key's or namespace's, or it does not verify
absl::Status VerifyKrlSignature(const PublicKey& signer, std::string_view armored, BytesView krl);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_KRL_SIGNATURE_H_
