#include "ssh/krl_signature.h"

#include "base/status.h"
#include "fmt/format.h"
#include "ssh/sshsig.h"

namespace mayfly::ssh {

absl::StatusOr<std::string> SignKrl(const PublicKey& key, const SignFunction& sign, BytesView krl) {
  MAYFLY_ASSIGN_OR_RETURN(const Bytes blob, SignSshsig(key, sign, kKrlNamespace, krl));
  MAYFLY_ASSIGN_OR_RETURN(const Sshsig signature, Sshsig::Parse(blob));
  return signature.Armor();
}

absl::Status VerifyKrlSignature(const PublicKey& signer, std::string_view armored, BytesView krl) {
  MAYFLY_ASSIGN_OR_RETURN(const Sshsig signature, Sshsig::ParseArmored(armored));
  MAYFLY_ASSIGN_OR_RETURN(const PublicKey key,
                          VerifySshsig(signature.Encode(), kKrlNamespace, krl));
  if (key == signer) return absl::OkStatus();
  return Unauthenticated(
      fmt::format("signed by {}, expected {}", key.Fingerprint().text, signer.Fingerprint().text));
}

}  // namespace mayfly::ssh
