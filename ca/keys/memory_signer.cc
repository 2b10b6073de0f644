#include <memory>
#include <utility>

#include "base/status.h"
#include "ca/keys/key_file.h"
#include "ca/keys/signer.h"
#include "ssh/private_key.h"

namespace mayfly::keys {
namespace {

class MemorySigner final : public Signer {
 public:
  explicit MemorySigner(ssh::PrivateKey key) : key_(std::move(key)) {}

  const ssh::PublicKey& public_key() const override { return key_.public_key(); }

  // Verifying costs a few percent, and a fault while signing could give the key away (Lenstra's
  // attack on RSA-CRT, differential faults on Ed25519).
  absl::StatusOr<ssh::Signature> Sign(BytesView message) const override {
    MAYFLY_ASSIGN_OR_RETURN(ssh::Signature signature, key_.Sign(message));
    const absl::Status verified = ssh::Verify(key_.public_key(), message, signature);
    if (!verified.ok()) {
      return Internal("a signature of " + key_.public_key().Fingerprint().text +
                      " does not verify: treat the machine or the key as faulty");
    }
    return signature;
  }

 private:
  ssh::PrivateKey key_;
};

}  // namespace

std::unique_ptr<Signer> MakeMemorySigner(ssh::PrivateKey key) {
  return std::make_unique<MemorySigner>(std::move(key));
}

}  // namespace mayfly::keys
