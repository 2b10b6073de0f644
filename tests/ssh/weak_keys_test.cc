// Keys that a list knows, and RSA keys that share a prime.
#include <openssl/bn.h>
#include <openssl/evp.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/openssl.h"
#include "ssh/shared_factor.h"
#include "ssh/weak_key_list.h"
#include "ssh/wire.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// The line of a list for `key`, by way of ssh-keygen's own MD5 fingerprint.
std::string ListLine(KeyType type) {
  std::string printed = Keygen({"-l", "-E", "md5", "-f", KeygenKey(type, "subject") + ".pub"});
  printed = printed.substr(printed.find("MD5:") + 4, 47);
  std::erase(printed, ':');
  return printed.substr(12);
}

TEST(WeakKeyList, KnowsTheKeysOfItsLines) {
  WeakKeyList list;
  ASSERT_OK(list.Add("# Debian's keys\n\n00000000000000000000\n" + ListLine(KeyType::kRsa) +
                     "\r\nffffffffffffffffffff"));
  EXPECT_EQ(list.size(), 3u);
  const PublicKey listed = KeygenPublicKey(KeyType::kRsa, "subject");
  EXPECT_TRUE(list.Contains(listed));
  EXPECT_FALSE(list.Contains(KeygenPublicKey(KeyType::kRsa, "other")));
  const KeyLimits limits{.min_rsa_bits = 2048, .known_weak = &list};
  EXPECT_THAT(CheckSubjectKey(listed, limits), StatusIs(kInvalid, HasSubstr("CVE-2008-0166")));
  EXPECT_OK(CheckSubjectKey(KeygenPublicKey(KeyType::kRsa, "other"), limits));
}

TEST(WeakKeyList, RefusesALineThatIsNoneAndStaysAsItWas) {
  for (const char* bad : {"0000000000000000000", "000000000000000000000", "g0000000000000000000",
                          "MD5:00:11", "00000000000000000000 comment"}) {
    WeakKeyList list;
    EXPECT_THAT(list.Add(std::string("11111111111111111111\n") + bad),
                StatusIs(kInvalid, HasSubstr("line 2")))
        << bad;
    EXPECT_EQ(list.size(), 0u);
  }
}

TEST(WeakKeyList, IsLoadedFromTheFilesThatThereAre) {
  const auto read = [](const std::string& path) -> absl::StatusOr<std::string> {
    if (path == "/usr/share/ssh/blacklist.RSA-2048") return ListLine(KeyType::kRsa) + "\n";
    return NotFound(path);
  };
  ASSERT_OK_AND_ASSIGN(const WeakKeyList list, WeakKeyList::Load(read));
  EXPECT_TRUE(list.Contains(KeygenPublicKey(KeyType::kRsa, "subject")));
  const auto unreadable = [](const std::string& path) -> absl::StatusOr<std::string> {
    return PermissionDenied(path);
  };
  EXPECT_THAT(WeakKeyList::Load(unreadable), StatusIs(absl::StatusCode::kPermissionDenied));
  const auto broken = [](const std::string&) -> absl::StatusOr<std::string> { return "x"; };
  EXPECT_THAT(WeakKeyList::Load(broken), StatusIs(kInvalid, HasSubstr("blacklist.RSA-2048")));
}

PublicKey RsaOf(const BIGNUM* p, const BIGNUM* q) {
  const BigNumberContext context(BN_CTX_new());
  const BigNumber n = NewBigNumber();
  MAYFLY_CHECK(BN_mul(n.get(), p, q, context.get()) == 1);
  const Bytes exponent = {1, 0, 1};
  return PublicKey::ParseBlob(
             Writer().String("ssh-rsa").Mpint(exponent).Mpint(ToMagnitude(n.get())).bytes())
      .value();
}

BigNumber Prime() {
  BigNumber prime = NewBigNumber();
  MAYFLY_CHECK(BN_generate_prime_ex(prime.get(), 512, 0, nullptr, nullptr, nullptr) == 1);
  return prime;
}

TEST(SharedFactor, IsFoundAmongManyAndSaysWhose) {
  const BigNumber p = Prime(), q = Prime(), r = Prime(), s = Prime(), t = Prime();
  const std::vector<PublicKey> keys = {RsaOf(p.get(), q.get()),
                                       KeygenPublicKey(KeyType::kEd25519, "subject"),
                                       RsaOf(r.get(), s.get()), RsaOf(t.get(), q.get())};
  EXPECT_THAT(KeysWithSharedFactor(keys), ElementsAre(0, 3));
}

TEST(SharedFactor, OfAModulusThatIsAllSharedIsFound) {
  const BigNumber p = Prime(), q = Prime(), r = Prime();
  EXPECT_THAT(KeysWithSharedFactor(
                  {RsaOf(p.get(), q.get()), RsaOf(q.get(), r.get()), RsaOf(r.get(), p.get())}),
              ElementsAre(0, 1, 2));
}

TEST(SharedFactor, IsNoneInOneKeyTwiceOrInGoodKeys) {
  const PublicKey good = KeygenPublicKey(KeyType::kRsa, "subject");
  EXPECT_THAT(KeysWithSharedFactor({good, good, KeygenPublicKey(KeyType::kRsa, "other")}),
              IsEmpty());
  EXPECT_THAT(KeysWithSharedFactor({}), IsEmpty());
}

}  // namespace
}  // namespace mayfly::ssh
