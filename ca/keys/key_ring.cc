#include "ca/keys/key_ring.h"

#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::keys {
namespace {

constexpr int kMinRsaCaBits = 3072;

absl::StatusOr<RingKey> OpenRingKey(const std::string& folder, std::string_view role,
                                    const SecretBytes& passphrase) {
  const std::string path = JoinPath(folder, fmt::format("{}.key", role));
  MAYFLY_ASSIGN_OR_RETURN(OpenedKey opened, OpenKeyFile(path, passphrase));
  if (opened.header.role != role) {
    return FailedPrecondition(
        fmt::format("{}: holds a key for '{}', expected '{}'; put it back as "
                    "{}.key",
                    path, opened.header.role, role, opened.header.role));
  }
  return RingKey{std::move(opened.header), MakeMemorySigner(std::move(opened.key))};
}

absl::Status CheckRingKey(const RingKey& key, std::string_view role) {
  if (key.header.role != role) {
    return FailedPrecondition(fmt::format("the {} key is marked as '{}'", role, key.header.role));
  }
  const ssh::PublicKey& public_key = key.signer->public_key();
  if (public_key != key.header.public_key) {
    return FailedPrecondition(fmt::format("the {} key's signer holds another key, {}", role,
                                          public_key.Fingerprint().text));
  }
  if (public_key.type() == ssh::KeyType::kRsa && public_key.bits() < kMinRsaCaBits) {
    return FailedPrecondition(
        fmt::format("the {} key is RSA with {} bits, expected at least {}; make a new one", role,
                    public_key.bits(), kMinRsaCaBits));
  }
  return absl::OkStatus();
}

// One key in two places would let a certificate of one kind pass for the other, or a certificate's
// signature for a bundle's.
absl::Status CheckDifferent(const RingKey& a, const RingKey& b) {
  if (a.header.public_key != b.header.public_key) return absl::OkStatus();
  return FailedPrecondition(
      fmt::format("the {} and {} keys are the same key, {}; each needs one of its own",
                  a.header.role, b.header.role, a.header.public_key.Fingerprint().text));
}

}  // namespace

KeyRing::KeyRing(RingKey trust, RingKey user_ca, RingKey host_ca)
    : trust_(std::move(trust)), user_ca_(std::move(user_ca)), host_ca_(std::move(host_ca)) {}

absl::StatusOr<KeyRing> KeyRing::Open(const std::string& folder, const SecretBytes& passphrase) {
  MAYFLY_ASSIGN_OR_RETURN(RingKey trust, OpenRingKey(folder, "trust", passphrase));
  MAYFLY_ASSIGN_OR_RETURN(RingKey user_ca, OpenRingKey(folder, "user-ca", passphrase));
  MAYFLY_ASSIGN_OR_RETURN(RingKey host_ca, OpenRingKey(folder, "host-ca", passphrase));
  return Annotate(Create(std::move(trust), std::move(user_ca), std::move(host_ca)), folder);
}

absl::StatusOr<KeyRing> KeyRing::Create(RingKey trust, RingKey user_ca, RingKey host_ca) {
  MAYFLY_RETURN_IF_ERROR(CheckRingKey(trust, "trust"));
  MAYFLY_RETURN_IF_ERROR(CheckRingKey(user_ca, "user-ca"));
  MAYFLY_RETURN_IF_ERROR(CheckRingKey(host_ca, "host-ca"));
  MAYFLY_RETURN_IF_ERROR(CheckDifferent(user_ca, host_ca));
  MAYFLY_RETURN_IF_ERROR(CheckDifferent(trust, user_ca));
  MAYFLY_RETURN_IF_ERROR(CheckDifferent(trust, host_ca));
  return KeyRing(std::move(trust), std::move(user_ca), std::move(host_ca));
}

bool KeyRing::IsOurs(const ssh::PublicKey& key) const {
  return key == trust_.header.public_key || key == user_ca_.header.public_key ||
         key == host_ca_.header.public_key;
}

}  // namespace mayfly::keys
