// CheckSubjectKey: what OpenSSH's own loader lets through and a CA must not.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "ssh/mldsa.h"
#include "ssh/public_key.h"
#include "ssh/rsa_modulus.h"
#include "ssh/weak_key_list.h"

namespace mayfly::ssh {
namespace {

constexpr int kLeastRsaBits = 2048;  // Whatever is configured.
constexpr std::string_view kMakeAnother = "make a new key with `ssh-keygen -t ed25519`";

absl::Status Weak(std::string_view what) {
  return InvalidArgument(fmt::format("{}: {}", what, kMakeAnother));
}

absl::Status CheckRsaSize(int bits, const KeyLimits& limits) {
  const int least = std::max(limits.min_rsa_bits, kLeastRsaBits);
  if (bits < least) {
    return Weak(fmt::format("the RSA key has {} bits, at least {} are required", bits, least));
  }
  if (bits > limits.max_rsa_bits) {
    return Weak(
        fmt::format("the RSA key has {} bits, at most {} are allowed", bits, limits.max_rsa_bits));
  }
  return absl::OkStatus();
}

absl::Status CheckRsaExponent(BytesView exponent) {
  uint64_t value = 0;
  for (const uint8_t byte : exponent.first(std::min<size_t>(exponent.size(), 8))) {
    value = value << 8 | byte;
  }
  if (exponent.size() > 4 || value < 65537 || value % 2 == 0) {
    return Weak("the RSA exponent must be odd and from 65537 to 4294967295");
  }
  return absl::OkStatus();
}

absl::Status CheckRsa(const PublicKey& key, const KeyLimits& limits) {
  MAYFLY_RETURN_IF_ERROR(CheckRsaSize(key.bits(), limits));
  MAYFLY_RETURN_IF_ERROR(CheckRsaExponent(key.rsa_exponent()));
  const std::optional<std::string_view> weakness = WeaknessOfModulus(key.rsa_modulus());
  return weakness.has_value() ? Weak(*weakness) : absl::OkStatus();
}

absl::Status CheckEd25519(const PublicKey& key) {
  // One spelling of a point of the prime-order subgroup: a key of small order would verify
  // signatures that nobody made, and one with a small-order part has look-alikes.
  if (crypto_core_ed25519_is_valid_point(key.point().data()) != 1) {
    return Weak(
        "the ed25519 point is malformed: off the curve, of small order or not in its one canonical "
        "form");
  }
  return absl::OkStatus();
}

absl::Status CheckApplication(const PublicKey& key) {
  const std::string& application = key.application();
  if (application == "ssh:" || application.starts_with("ssh:")) return absl::OkStatus();
  return InvalidArgument(fmt::format(
      "the security key was made for the application \"{}\", not for SSH: make a key with "
      "`ssh-keygen -t ed25519-sk`, whose application starts with \"ssh:\"",
      EscapeForTerminal(application.substr(0, 64))));
}

absl::Status CheckCanBeProven() {
  if (CanVerifyMldsa()) return absl::OkStatus();
  return InvalidArgument(
      "a composite key (mldsa44-ed25519) cannot be certified here: whether its holder has it "
      "cannot "
      "be verified, for this machine's OpenSSL has no ML-DSA (3.5 and newer have)");
}

}  // namespace

absl::Status CheckSubjectKey(const PublicKey& key, const KeyLimits& limits) {
  if (limits.known_weak != nullptr && limits.known_weak->Contains(key)) {
    return Weak("the key is one of those that Debian's broken generator made (CVE-2008-0166)");
  }
  if (IsSecurityKey(key.type())) MAYFLY_RETURN_IF_ERROR(CheckApplication(key));
  switch (key.type()) {
    case KeyType::kEd25519:
    case KeyType::kSkEd25519:
      return limits.possession_proven ? absl::OkStatus() : CheckEd25519(key);
    case KeyType::kMldsa44Ed25519:
      MAYFLY_RETURN_IF_ERROR(CheckCanBeProven());
      return CheckEd25519(key);
    case KeyType::kRsa:
      return CheckRsa(key, limits);
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
    case KeyType::kSkEcdsaP256:
      return absl::OkStatus();  // Parsing has found the point on its curve.
  }
  return Internal("a key type without a check");
}

}  // namespace mayfly::ssh
