#include <memory>
#include <utility>

#include "ca/keys/key_file.h"
#include "ca/keys/signer.h"
#include "ca/keys/verified_signature.h"
#include "ssh/private_key.h"

namespace mayfly::keys {
namespace {

class MemorySigner final : public Signer {
 public:
  explicit MemorySigner(ssh::PrivateKey key) : key_(std::move(key)) {}
  const ssh::PublicKey& public_key() const override { return key_.public_key(); }
  absl::StatusOr<ssh::Signature> Sign(BytesView message) const override {
    return SignAndVerify(key_.public_key(), key_.signer(), message);
  }
  absl::StatusOr<ssh::Signature> SignUnverified(BytesView message) const override {
    return key_.Sign(message);
  }

 private:
  ssh::PrivateKey key_;
};

}  // namespace

std::unique_ptr<Signer> MakeMemorySigner(ssh::PrivateKey key) {
  return std::make_unique<MemorySigner>(std::move(key));
}

}  // namespace mayfly::keys
