#include "ssh/rsa_modulus.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

#include "base/status.h"
#include "ssh/openssl.h"

namespace mayfly::ssh {
namespace {

constexpr uint32_t kSmallFactors = 1 << 16;  // Exclusive.
constexpr int kFermatRounds = 100;           // The weak keys found so far fell within 20.
// The odd primes that divide the primorial of the chip's smallest keys.
constexpr BN_ULONG kRocaPrimes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                    47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

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

// The root of the largest square that is not above `number`. Newton's method from above: the first
// step that does not go down has reached it.
BigNumber SquareRoot(const BIGNUM* number, BN_CTX* context) {
  BigNumber root = NewBigNumber(), next = NewBigNumber();
  MAYFLY_CHECK(BN_set_bit(root.get(), (BN_num_bits(number) + 1) / 2) == 1);
  while (true) {
    MAYFLY_CHECK(BN_div(next.get(), nullptr, number, root.get(), context) == 1 &&
                 BN_add(next.get(), next.get(), root.get()) == 1 &&
                 BN_rshift1(next.get(), next.get()) == 1);
    if (BN_cmp(next.get(), root.get()) >= 0) return root;
    std::swap(root, next);
  }
}

bool IsSquare(const BIGNUM* number, BN_CTX* context) {
  // Bit r says whether a square can be r modulo 64: most numbers need no root.
  constexpr uint64_t kSquaresModulo64 = 0x0202021202030213;
  if ((kSquaresModulo64 >> BN_mod_word(number, 64) & 1) == 0) return false;
  const BigNumber root = SquareRoot(number, context), square = NewBigNumber();
  MAYFLY_CHECK(BN_sqr(square.get(), root.get(), context) == 1);
  return BN_cmp(square.get(), number) == 0;
}

// Fermat's factorisation: n = a^2 - b^2 with a just above the root of n when its factors are close
// to each other, as some printers' were (CVE-2022-26320).
bool HasCloseFactors(const BIGNUM* modulus, BN_CTX* context) {
  const BigNumber a = SquareRoot(modulus, context), b_squared = NewBigNumber();
  for (int round = 0; round < kFermatRounds; ++round) {
    MAYFLY_CHECK(BN_add_word(a.get(), 1) == 1 && BN_sqr(b_squared.get(), a.get(), context) == 1 &&
                 BN_sub(b_squared.get(), b_squared.get(), modulus) == 1);
    if (IsSquare(b_squared.get(), context)) return true;
  }
  return false;
}

bool IsPowerOf65537(BN_ULONG value, BN_ULONG prime) {
  BN_ULONG power = 1;
  do {
    if (power == value) return true;
    power = power * (65537 % prime) % prime;
  } while (power != 1);
  return false;
}

// ROCA (CVE-2017-15361): the chip's primes, and so its moduli, are powers of 65537 modulo each
// small prime. Of other moduli not one in 2^100 is.
bool IsFromFaultyChip(const BIGNUM* modulus) {
  return std::ranges::all_of(kRocaPrimes, [&](BN_ULONG prime) {
    return IsPowerOf65537(BN_mod_word(modulus, prime), prime);
  });
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

}  // namespace

std::optional<std::string_view> WeaknessOfModulus(BytesView modulus) {
  const BigNumber number = ToBigNumber(modulus);
  const BigNumberContext context(BN_CTX_new());
  MAYFLY_CHECK(context != nullptr);
  if (!BN_is_odd(number.get())) return "the RSA modulus is even";
  if (HasSmallFactor(number.get())) return "the RSA modulus has a factor below 65536";
  if (IsSquare(number.get(), context.get())) return "the RSA modulus is the square of a number";
  if (HasCloseFactors(number.get(), context.get())) {
    return "the factors of the RSA modulus are close together (CVE-2022-26320)";
  }
  if (IsFromFaultyChip(number.get())) {
    return "the RSA key was made by a faulty Infineon chip (ROCA, CVE-2017-15361)";
  }
  if (IsPrime(number.get(), context.get())) {
    return "the RSA modulus is a prime, not a product of two";
  }
  return std::nullopt;
}

}  // namespace mayfly::ssh
