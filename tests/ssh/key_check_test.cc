// CheckSubjectKey against keys that `ssh-keygen -l` prints without complaint. The points of small
// order are those of RFC 7748 section 7's curve in the form of RFC 8032, as "Taming the many
// EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020) lists them.
#include <openssl/bn.h>

#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/openssl.h"
#include "ssh/public_key.h"
#include "ssh/wire.h"
#include "tests/ssh/case_name.h"
#include "tests/ssh/hex.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::HasSubstr;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

constexpr KeyLimits kFrom2048 = {2048, 8192};

PublicKey RsaKey(BytesView exponent, BytesView modulus) {
  auto key =
      PublicKey::ParseBlob(Writer().String("ssh-rsa").Mpint(exponent).Mpint(modulus).bytes());
  MAYFLY_CHECK(key.ok());
  return *key;
}

Bytes GoodModulus() { return ToBytes(KeygenPublicKey(KeyType::kRsa, "subject").rsa_modulus()); }
Bytes Exponent() { return FromHex("010001"); }

Bytes Prime(int bits) {
  const BigNumber prime = NewBigNumber();
  MAYFLY_CHECK(BN_generate_prime_ex(prime.get(), bits, /*safe=*/0, nullptr, nullptr, nullptr) == 1);
  return ToMagnitude(prime.get());
}

Bytes Product(BytesView a, BytesView b) {
  const BigNumberContext context(BN_CTX_new());
  const BigNumber product = NewBigNumber();
  MAYFLY_CHECK(BN_mul(product.get(), ToBigNumber(a).get(), ToBigNumber(b).get(), context.get()) ==
               1);
  return ToMagnitude(product.get());
}

TEST(CheckSubjectKey, TakesWhatSshKeygenMakes) {
  for (const KeyType type : KeygenTypes()) {
    EXPECT_OK(CheckSubjectKey(KeygenPublicKey(type, "subject"), kFrom2048)) << KeyTypeName(type);
  }
}

TEST(CheckSubjectKey, HoldsRsaSizesToTheLimitsAndNeverBelow2048) {
  const PublicKey key = RsaKey(Exponent(), GoodModulus());  // 2048 bits.
  EXPECT_THAT(CheckSubjectKey(key), StatusIs(kInvalid, HasSubstr("at least 3072")));
  const std::string path = TestPath("rsa1024");
  Keygen({"-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", path});
  const std::string line = Keygen({"-y", "-f", path});
  ASSERT_OK_AND_ASSIGN(const PublicKey weak, PublicKey::ParseLine(line));
  EXPECT_THAT(CheckSubjectKey(weak, {1024, 8192}), StatusIs(kInvalid, HasSubstr("at least 2048")));
  const PublicKey large = RsaKey(Exponent(), Bytes(1025, 0xff));
  EXPECT_THAT(CheckSubjectKey(large), StatusIs(kInvalid, HasSubstr("at most 8192")));
}

TEST(CheckSubjectKey, RefusesRsaExponentsThatAreEvenSmallOrHuge) {
  for (const char* exponent : {"01", "02", "03", "11", "ffff", "010000", "010002", "0100000001",
                               "010000000000010001", "ffffffffffffffffff"}) {
    EXPECT_THAT(CheckSubjectKey(RsaKey(FromHex(exponent), GoodModulus()), kFrom2048),
                StatusIs(kInvalid, HasSubstr("exponent")))
        << exponent;
  }
  for (const char* exponent : {"010001", "010003", "ffffffff"}) {
    EXPECT_OK(CheckSubjectKey(RsaKey(FromHex(exponent), GoodModulus()), kFrom2048)) << exponent;
  }
}

TEST(CheckSubjectKey, RefusesAnEvenModulus) {
  Bytes modulus = GoodModulus();
  modulus.back() &= 0xfe;
  EXPECT_THAT(CheckSubjectKey(RsaKey(Exponent(), modulus), kFrom2048),
              StatusIs(kInvalid, HasSubstr("even")));
}

TEST(CheckSubjectKey, RefusesAModulusWithASmallFactor) {
  const Bytes prime = Prime(2047);
  for (const uint16_t factor : {3, 5, 251, 257, 32771, 65519, 65521}) {
    const Bytes bytes = {static_cast<uint8_t>(factor >> 8), static_cast<uint8_t>(factor)};
    EXPECT_THAT(CheckSubjectKey(RsaKey(Exponent(), Product(prime, bytes)), kFrom2048),
                StatusIs(kInvalid, HasSubstr("factor")))
        << factor;
  }
  // The least prime above the bound is somebody else's business.
  EXPECT_OK(
      CheckSubjectKey(RsaKey(Exponent(), Product(Prime(2047), FromHex("010001"))), kFrom2048));
}

TEST(CheckSubjectKey, RefusesASquare) {
  const Bytes prime = Prime(1024);
  EXPECT_THAT(CheckSubjectKey(RsaKey(Exponent(), Product(prime, prime)), kFrom2048),
              StatusIs(kInvalid, HasSubstr("square")));
  const Bytes odd_length = Prime(1027);
  EXPECT_THAT(CheckSubjectKey(RsaKey(Exponent(), Product(odd_length, odd_length)), kFrom2048),
              StatusIs(kInvalid, HasSubstr("square")));
}

TEST(CheckSubjectKey, RefusesPrimesCloseTogether) {
  const BigNumber p = ToBigNumber(Prime(1024)), q = ToBigNumber(ToMagnitude(p.get()));
  const BigNumberContext context(BN_CTX_new());
  do {
    BN_add_word(q.get(), 2);
  } while (BN_check_prime(q.get(), context.get(), nullptr) != 1);
  const Bytes modulus = Product(ToMagnitude(p.get()), ToMagnitude(q.get()));
  EXPECT_THAT(CheckSubjectKey(RsaKey(Exponent(), modulus), kFrom2048),
              StatusIs(kInvalid, HasSubstr("close together")));
}

// A prime as the chip made it: k * M + 65537^a mod M, where M is the product of the first 71 primes
// ("The Return of Coppersmith's Attack", Nemec and others, 2017, section 2.1).
Bytes RocaPrime() {
  const BigNumberContext context(BN_CTX_new());
  const BigNumber product = NewBigNumber(), prime = NewBigNumber(), k = NewBigNumber();
  const BigNumber base = NewBigNumber(), a = NewBigNumber();
  BN_one(product.get());
  for (BN_ULONG n = 2; n <= 353; ++n) {
    BN_set_word(a.get(), n);
    if (BN_check_prime(a.get(), context.get(), nullptr) == 1) BN_mul_word(product.get(), n);
  }
  BN_set_word(base.get(), 65537);
  do {
    BN_rand(k.get(), 1024 - BN_num_bits(product.get()), BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ANY);
    BN_rand(a.get(), 64, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
    BN_mod_exp(prime.get(), base.get(), a.get(), product.get(), context.get());
    BN_mul(k.get(), k.get(), product.get(), context.get());
    BN_add(prime.get(), prime.get(), k.get());
  } while (BN_check_prime(prime.get(), context.get(), nullptr) != 1);
  return ToMagnitude(prime.get());
}

TEST(CheckSubjectKey, RefusesAKeyOfTheFaultyChip) {
  // Sizes vary with the product: what matters is the form of the primes.
  const PublicKey key = RsaKey(Exponent(), Product(Product(RocaPrime(), RocaPrime()), RocaPrime()));
  EXPECT_THAT(CheckSubjectKey(key, kFrom2048), StatusIs(kInvalid, HasSubstr("ROCA")));
}

TEST(CheckSubjectKey, RefusesAPrimeModulus) {
  EXPECT_THAT(CheckSubjectKey(RsaKey(Exponent(), Prime(2048)), kFrom2048),
              StatusIs(kInvalid, HasSubstr("prime")));
}

// What is left of the check once a signature has verified; everything else is looked at as ever.
TEST(CheckSubjectKey, LooksAtAnEd25519PointOnlyWhenPossessionIsNotProven) {
  KeyLimits proven;
  proven.possession_proven = true;
  EXPECT_OK(CheckSubjectKey(PublicKey::Ed25519(Bytes(32, 0)), proven));
  EXPECT_THAT(CheckSubjectKey(RsaKey(Exponent(), GoodModulus()), proven),
              StatusIs(kInvalid, HasSubstr("at least 3072")));
}

struct PointCase {
  std::string name;
  std::string point;
};
class BadEd25519Point : public TestWithParam<PointCase> {};

TEST_P(BadEd25519Point, IsRefusedAlsoInASecurityKey) {
  const Bytes point = FromHex(GetParam().point);
  EXPECT_THAT(CheckSubjectKey(PublicKey::Ed25519(point)),
              StatusIs(kInvalid, HasSubstr("ed25519 point")));
  ASSERT_OK_AND_ASSIGN(
      const PublicKey sk,
      PublicKey::ParseBlob(
          Writer().String("sk-ssh-ed25519@openssh.com").String(point).String("ssh:").bytes()));
  EXPECT_THAT(CheckSubjectKey(sk), StatusIs(kInvalid, HasSubstr("ed25519 point")));
}

INSTANTIATE_TEST_SUITE_P(
    CheckSubjectKey, BadEd25519Point,
    ValuesIn(std::vector<PointCase>{
        {"Identity", "0100000000000000000000000000000000000000000000000000000000000000"},
        {"Order2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
        {"Order4", "0000000000000000000000000000000000000000000000000000000000000000"},
        {"Order4Negative", "0000000000000000000000000000000000000000000000000000000000000080"},
        {"Order8A", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"},
        {"Order8B", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"},
        {"Order8C", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"},
        {"Order8D", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"},
        {"IdentityNonCanonical",
         "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
        {"ZeroNonCanonical", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
        {"AllOnes", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
        {"OffTheCurve", "0200000000000000000000000000000000000000000000000000000000000000"},
        // A prime-order point plus one of order 8 (cases 3 to 5 of the paper above use it).
        {"MixedOrder", "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d"},
    }),
    CaseName<PointCase>);

TEST(CheckSubjectKey, WantsASecurityKeyMadeForSsh) {
  const Bytes point = ToBytes(KeygenPublicKey(KeyType::kEd25519, "subject").point());
  const auto check = [&](std::string_view application) {
    const auto key = PublicKey::ParseBlob(
        Writer().String("sk-ssh-ed25519@openssh.com").String(point).String(application).bytes());
    MAYFLY_CHECK(key.ok());
    return CheckSubjectKey(*key);
  };
  EXPECT_OK(check("ssh:"));
  EXPECT_OK(check("ssh:work"));
  for (const char* application : {"", "ssh", "SSH:", "https://example.com", "xssh:", " ssh:"}) {
    EXPECT_THAT(check(application), StatusIs(kInvalid, HasSubstr("ssh-keygen -t ed25519-sk")))
        << application;
  }
}

}  // namespace
}  // namespace mayfly::ssh
