// CheckSubjectKey: what OpenSSH's own loader lets through and a CA must not.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "ssh/openssl.h"
#include "ssh/public_key.h"

namespace mayfly::ssh {
namespace {

constexpr int kLeastRsaBits = 2048;          // Whatever is configured.
constexpr uint32_t kSmallFactors = 1 << 16;  // Exclusive.
constexpr std::string_view kMakeAnother = "make a new key with `ssh-keygen -t ed25519`";

absl::Status Weak(std::string_view what) {
  return InvalidArgument(fmt::format("{}: {}", what, kMakeAnother));
}

// The odd primes below kSmallFactors, multiplied together in groups that fit a word: one division
// of a modulus then tries several primes.
std::vector<BN_ULONG> SmallPrimeProducts() {
  std::vector<bool> composite(kSmallFactors);
  std::vector<BN_ULONG> products = {1};
  for (uint32_t n = 3; n < kSmallFactors; n += 2) {
    if (composite[n]) continue;
    for (uint64_t multiple = uint64_t{n} * n; multiple < kSmallFactors; multiple += 2 * n) {
      composite[multiple] = true;
    }
    if (products.back() > std::numeric_limits<BN_ULONG>::max() / n) products.push_back(1);
    products.back() *= n;
  }
  return products;
}

BN_ULONG GreatestCommonDivisor(BN_ULONG a, BN_ULONG b) {
  while (b != 0) {
    a %= b;
    std::swap(a, b);
  }
  return a;
}

bool HasSmallFactor(const BIGNUM* modulus) {
  static const auto* const kProducts = new std::vector<BN_ULONG>(SmallPrimeProducts());
  return std::ranges::any_of(*kProducts, [&](BN_ULONG product) {
    return GreatestCommonDivisor(product, BN_mod_word(modulus, product)) != 1;
  });
}

// Newton's method from above: the first step that does not go down has reached the root.
bool IsPerfectSquare(const BIGNUM* number, BN_CTX* context) {
  BigNumber root = NewBigNumber(), next = NewBigNumber();
  MAYFLY_CHECK(BN_set_bit(root.get(), (BN_num_bits(number) + 1) / 2) == 1);
  while (true) {
    MAYFLY_CHECK(BN_div(next.get(), nullptr, number, root.get(), context) == 1 &&
                 BN_add(next.get(), next.get(), root.get()) == 1 &&
                 BN_rshift1(next.get(), next.get()) == 1);
    if (BN_cmp(next.get(), root.get()) >= 0) break;
    std::swap(root, next);
  }
  MAYFLY_CHECK(BN_sqr(next.get(), root.get(), context) == 1);
  return BN_cmp(next.get(), number) == 0;
}

// One round of Miller and Rabin's test. A prime always passes; a product of two primes that nobody
// chose to deceive passes with odds of less than 2^-100, and then is refused without harm.
bool PassesMillerRabin(const BIGNUM* odd, BN_ULONG base, BN_CTX* context) {
  BigNumber less_one = NewBigNumber(), exponent = NewBigNumber(), power = NewBigNumber();
  MAYFLY_CHECK(BN_sub(less_one.get(), odd, BN_value_one()) == 1);
  int twos = 0;
  while (!BN_is_bit_set(less_one.get(), twos)) ++twos;
  MAYFLY_CHECK(BN_rshift(exponent.get(), less_one.get(), twos) == 1 &&
               BN_set_word(power.get(), base) == 1 &&
               BN_mod_exp(power.get(), power.get(), exponent.get(), odd, context) == 1);
  if (BN_is_one(power.get())) return true;
  for (int i = 0; i < twos; ++i) {
    if (BN_cmp(power.get(), less_one.get()) == 0) return true;
    MAYFLY_CHECK(BN_mod_sqr(power.get(), power.get(), odd, context) == 1);
  }
  return false;
}

bool IsPrime(const BIGNUM* odd, BN_CTX* context) {
  return std::ranges::all_of(std::initializer_list<BN_ULONG>{2, 3, 5},
                             [&](BN_ULONG base) { return PassesMillerRabin(odd, base, context); });
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

absl::Status CheckRsaModulus(BytesView magnitude) {
  const BigNumber modulus = ToBigNumber(magnitude);
  const BigNumberContext context(BN_CTX_new());
  MAYFLY_CHECK(context != nullptr);
  if (!BN_is_odd(modulus.get())) return Weak("the RSA modulus is even");
  if (HasSmallFactor(modulus.get())) return Weak("the RSA modulus has a factor below 65536");
  if (IsPerfectSquare(modulus.get(), context.get())) {
    return Weak("the RSA modulus is the square of a number");
  }
  if (IsPrime(modulus.get(), context.get())) {
    return Weak("the RSA modulus is a prime, not a product of two");
  }
  return absl::OkStatus();
}

absl::Status CheckRsa(const PublicKey& key, const KeyLimits& limits) {
  MAYFLY_RETURN_IF_ERROR(CheckRsaSize(key.bits(), limits));
  MAYFLY_RETURN_IF_ERROR(CheckRsaExponent(key.rsa_exponent()));
  return CheckRsaModulus(key.rsa_modulus());
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

}  // namespace

absl::Status CheckSubjectKey(const PublicKey& key, const KeyLimits& limits) {
  if (IsSecurityKey(key.type())) MAYFLY_RETURN_IF_ERROR(CheckApplication(key));
  switch (key.type()) {
    case KeyType::kEd25519:
    case KeyType::kSkEd25519:
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
