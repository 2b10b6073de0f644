#include "ca/keys/verified_signature.h"

#include "base/status.h"

namespace mayfly::keys {

absl::StatusOr<ssh::Signature> SignAndVerify(const ssh::PublicKey& key,
                                             const ssh::SignFunction& sign, BytesView message) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::Signature signature, sign(message));
  if (!ssh::Verify(key, message, signature).ok()) {
    return Internal("a signature of " + key.Fingerprint().text +
                    " does not verify: treat the machine or the key as faulty");
  }
  return signature;
}

}  // namespace mayfly::keys
