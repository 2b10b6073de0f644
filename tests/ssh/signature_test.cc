// Vectors: RFC 8032 section 7.1, RFC 6979 appendix A.2.5, and RSA signatures that openssl(1) makes
// in the test. No token is at hand: what a security key signs is put together here after
// PROTOCOL.u2f.
#include "ssh/signature.h"

#include <string>
#include <vector>

#include "base/file.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/private_key.h"
#include "ssh/wire.h"
#include "tests/ssh/case_name.h"
#include "tests/ssh/hex.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::HasSubstr;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

constexpr auto kRefused = absl::StatusCode::kUnauthenticated;

Signature Sign(const PrivateKey& key, BytesView message) {
  auto signature = key.Sign(message);
  MAYFLY_CHECK(signature.ok());
  return *signature;
}

struct Rfc8032Case {
  std::string name, point, message, signature;
};
class Rfc8032 : public TestWithParam<Rfc8032Case> {};

TEST_P(Rfc8032, Verifies) {
  const PublicKey key = PublicKey::Ed25519(FromHex(GetParam().point));
  const Bytes message = FromHex(GetParam().message);
  Signature signature{"ssh-ed25519", FromHex(GetParam().signature)};
  EXPECT_OK(Verify(key, message, signature));

  // S + L (RFC 8032 5.1.7 refuses it): a second signature that anybody could make of the first.
  const Bytes order = FromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  int carry = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    carry += signature.bytes[32 + i] + order[i];
    signature.bytes[32 + i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_THAT(Verify(key, message, signature), StatusIs(kRefused));
}

INSTANTIATE_TEST_SUITE_P(
    Signature, Rfc8032,
    ValuesIn(std::vector<Rfc8032Case>{
        {"Test1", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"Test2", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"Test3", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    }),
    CaseName<Rfc8032Case>);

// RFC 6979 A.2.5: P-256, SHA-256, message "sample".
struct EcdsaVector {
  Bytes point = FromHex(
      "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
      "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
  Bytes r = FromHex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
  Bytes s = FromHex("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  Bytes order = FromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

  absl::Status VerifyBytes(const Bytes& bytes) const {
    const auto key = PublicKey::ParseBlob(
        Writer().String("ecdsa-sha2-nistp256").String("nistp256").String(point).bytes());
    MAYFLY_CHECK(key.ok());
    return Verify(*key, AsBytes("sample"), {"ecdsa-sha2-nistp256", bytes});
  }
};

TEST(EcdsaSignature, VerifiesRfc6979) {
  const EcdsaVector v;
  EXPECT_OK(v.VerifyBytes(Writer().Mpint(v.r).Mpint(v.s).Take()));
}

TEST(EcdsaSignature, RefusesNumbersOutsideTheOrderOrNotMinimal) {
  const EcdsaVector v;
  Bytes padded_r = {0, 0};
  padded_r.insert(padded_r.end(), v.r.begin(), v.r.end());
  for (const Bytes& bytes : {
           Writer().Mpint({}).Mpint(v.s).Take(),
           Writer().Mpint(v.r).Mpint({}).Take(),
           Writer().Mpint({}).Mpint({}).Take(),
           Writer().Mpint(v.order).Mpint(v.s).Take(),
           Writer().Mpint(v.r).Mpint(v.order).Take(),
           Writer().Mpint(v.r).Mpint(Bytes(2048, 1)).Take(),
           Writer().Mpint(v.r).Mpint(Bytes(5000, 1)).Take(),
           Writer().String(v.r).Mpint(v.s).Take(),       // Negative without its sign byte.
           Writer().String(padded_r).Mpint(v.s).Take(),  // Two of them.
           Writer().Mpint(v.r).Mpint(v.s).Byte(0).Take(),
           Writer().Mpint(v.r).Take(),
           Bytes(),
       }) {
    EXPECT_THAT(v.VerifyBytes(bytes), StatusIs(kInvalid)) << HexEncode(bytes).substr(0, 200);
  }
  EXPECT_THAT(v.VerifyBytes(Writer().Mpint(v.s).Mpint(v.r).Take()), StatusIs(kRefused));
}

class SoftwareKey : public TestWithParam<KeyType> {};
INSTANTIATE_TEST_SUITE_P(Signature, SoftwareKey, ValuesIn(SoftwareKeyTypes()), KeyTypeCaseName);

TEST_P(SoftwareKey, VerifiesOnlyTheMessageAndKeyItSigned) {
  const PrivateKey key = KeygenPrivateKey(GetParam(), "subject");
  const Signature signature = Sign(key, AsBytes("message"));
  EXPECT_OK(Verify(key.public_key(), AsBytes("message"), signature));
  EXPECT_THAT(Verify(key.public_key(), AsBytes("Message"), signature), StatusIs(kRefused));
  EXPECT_THAT(Verify(key.public_key(), {}, signature), StatusIs(kRefused));
  EXPECT_THAT(Verify(KeygenPublicKey(GetParam(), "other"), AsBytes("message"), signature),
              StatusIs(kRefused));
}

TEST_P(SoftwareKey, SignatureSurvivesItsEncodingAndNoTruncation) {
  const PrivateKey key = KeygenPrivateKey(GetParam(), "subject");
  const Signature signature = Sign(key, AsBytes("message"));
  Bytes blob = signature.Encode();
  EXPECT_THAT(Signature::Parse(blob), IsOkAndHolds(signature));
  for (size_t size = 0; size < blob.size(); ++size) {
    EXPECT_THAT(Signature::Parse(BytesView(blob).first(size)), StatusIs(kInvalid)) << size;
  }
  blob.push_back(0);
  EXPECT_THAT(Signature::Parse(blob), StatusIs(kInvalid, HasSubstr("too many")));
}

TEST_P(SoftwareKey, DoesNotVerifyWithAnyByteChanged) {
  const PrivateKey key = KeygenPrivateKey(GetParam(), "subject");
  Signature signature = Sign(key, AsBytes("message"));
  for (uint8_t& byte : signature.bytes) {
    byte ^= 1;
    EXPECT_FALSE(Verify(key.public_key(), AsBytes("message"), signature).ok());
    byte ^= 1;
  }
}

TEST_P(SoftwareKey, DoesNotVerifyUnderAnotherAlgorithm) {
  const PrivateKey key = KeygenPrivateKey(GetParam(), "subject");
  const Signature signature = Sign(key, AsBytes("message"));
  for (const char* algorithm :
       {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "rsa-sha2-256", "ssh-rsa", "ssh-dss", "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com", "ssh-ed25519-cert-v01@openssh.com", "none", ""}) {
    if (algorithm == signature.algorithm) continue;
    EXPECT_FALSE(Verify(key.public_key(), AsBytes("message"), {algorithm, signature.bytes}).ok())
        << algorithm;
  }
}

TEST(Signature, Ed25519OfAnotherLengthIsMalformed) {
  const PrivateKey key = KeygenPrivateKey(KeyType::kEd25519, "subject");
  Signature signature = Sign(key, AsBytes("message"));
  for (const size_t size : {0, 32, 63, 65}) {
    signature.bytes.resize(size);
    EXPECT_THAT(Verify(key.public_key(), AsBytes("message"), signature),
                StatusIs(kInvalid, HasSubstr("64")));
  }
}

TEST(Signature, NothingVerifiesWithAnEd25519KeyOfSmallOrder) {
  // With the identity as key and as R, and S = 0, the equation of RFC 8032 holds for every message.
  Bytes identity(32);
  identity[0] = 1;
  Bytes signature = identity;
  signature.resize(64);
  EXPECT_THAT(Verify(PublicKey::Ed25519(identity), AsBytes("any"), {"ssh-ed25519", signature}),
              StatusIs(kRefused));
}

// openssl(1) signs with the RSA key that ssh-keygen made.
Signature OpenSslSignature(const std::string& digest, const std::string& algorithm) {
  const std::string pem = TestPath("rsa-for-openssl");
  if (!FileExists(pem)) {
    const std::string source = KeygenKey(KeyType::kRsa, "subject");
    EXPECT_EQ(Run({"cp", source, pem}).exit_code, 0);
    Keygen({"-q", "-p", "-N", "", "-m", "PEM", "-f", pem});
  }
  const ProcessResult result = Run({"openssl", "dgst", "-" + digest, "-sign", pem},
                                   {.input = "message", .environment = {}, .directory = ""});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return {algorithm, ToBytes(result.out)};
}

TEST(RsaSignature, IsVerifiedWithSha256AndSha512AndNeverSha1) {
  const PublicKey key = KeygenPublicKey(KeyType::kRsa, "subject");
  const BytesView message = AsBytes("message");
  EXPECT_OK(Verify(key, message, OpenSslSignature("sha256", "rsa-sha2-256")));
  EXPECT_OK(Verify(key, message, OpenSslSignature("sha512", "rsa-sha2-512")));
  EXPECT_THAT(Verify(key, message, OpenSslSignature("sha256", "rsa-sha2-512")), StatusIs(kRefused));
  EXPECT_THAT(Verify(key, message, OpenSslSignature("sha1", "rsa-sha2-256")), StatusIs(kRefused));
  EXPECT_THAT(Verify(key, message, OpenSslSignature("sha1", "ssh-rsa")),
              StatusIs(kInvalid, HasSubstr("SHA-1")));
  EXPECT_THAT(Signature::Parse(OpenSslSignature("sha1", "ssh-rsa").Encode()),
              StatusIs(kInvalid, HasSubstr("SHA-1")));
}

TEST(RsaSignature, IsExactlyAsLongAsTheModulus) {
  const PublicKey key = KeygenPublicKey(KeyType::kRsa, "subject");
  const Signature good = OpenSslSignature("sha512", "rsa-sha2-512");
  Signature longer = good, shorter = good;
  longer.bytes.insert(longer.bytes.begin(), 0);
  shorter.bytes.erase(shorter.bytes.begin());
  for (const Signature& bad : {longer, shorter, Signature{good.algorithm, {}}}) {
    EXPECT_THAT(Verify(key, AsBytes("message"), bad), StatusIs(kInvalid, HasSubstr("modulus")));
  }
  EXPECT_THAT(Verify(key, AsBytes("message"), {good.algorithm, Bytes(256, 0xff)}),
              StatusIs(kRefused));
}

TEST(RsaSignature, RefusesUnusableModuliWithoutACrash) {
  for (const Bytes& modulus : {Bytes(1, 1), Bytes(1, 2), Bytes(256, 2), Bytes(2048, 0x7e)}) {
    const auto key = PublicKey::ParseBlob(
        Writer().String("ssh-rsa").Mpint(FromHex("010001")).Mpint(modulus).bytes());
    ASSERT_OK(key);
    EXPECT_FALSE(Verify(*key, AsBytes("message"), {"rsa-sha2-512", Bytes(modulus.size(), 1)}).ok());
  }
}

TEST(Signature, OfAnUnknownAlgorithmIsNamedSafely) {
  EXPECT_THAT(Signature::Parse(Writer().String("a\x1b[2J").String("x").bytes()),
              StatusIs(kInvalid, HasSubstr("a\\x1b[2J")));
}

class SecurityKey : public TestWithParam<KeyType> {
 protected:
  PrivateKey token_ = KeygenPrivateKey(
      GetParam() == KeyType::kSkEd25519 ? KeyType::kEd25519 : KeyType::kEcdsaP256, "subject");
  PublicKey key_ = KeygenPublicKey(GetParam(), "subject");

  // As a token does it: PROTOCOL.u2f, "SSH U2F Signatures".
  Signature Touch(uint8_t flags, std::string_view application = "ssh:") const {
    const Bytes data = Writer()
                           .Raw(Sha256(AsBytes(application)))
                           .Byte(flags)
                           .Uint32(7)
                           .Raw(Sha256(AsBytes("message")))
                           .Take();
    return {std::string(KeyTypeName(GetParam())), Sign(token_, data).bytes, flags, 7};
  }
  absl::Status VerifyTouch(const Signature& signature, const VerifyOptions& options = {}) const {
    return Verify(key_, AsBytes("message"), signature, options);
  }
};
INSTANTIATE_TEST_SUITE_P(Signature, SecurityKey,
                         ValuesIn({KeyType::kSkEd25519, KeyType::kSkEcdsaP256}), KeyTypeCaseName);

TEST_P(SecurityKey, VerifiesWhenTouched) {
  EXPECT_OK(VerifyTouch(Touch(kSkUserPresent)));
  EXPECT_OK(VerifyTouch(Touch(kSkUserPresent | kSkUserVerified)));
}

TEST_P(SecurityKey, MustBeTouchedUnlessItNeedNot) {
  EXPECT_THAT(VerifyTouch(Touch(0)), StatusIs(kRefused, HasSubstr("not touched")));
  EXPECT_THAT(VerifyTouch(Touch(kSkUserVerified)), StatusIs(kRefused, HasSubstr("not touched")));
  EXPECT_OK(VerifyTouch(Touch(0), {.require_user_presence = false}));
}

TEST_P(SecurityKey, MustAskForThePinWhereThatIsRequired) {
  const VerifyOptions options = {.require_user_presence = true, .require_user_verification = true};
  EXPECT_THAT(VerifyTouch(Touch(kSkUserPresent), options), StatusIs(kRefused, HasSubstr("PIN")));
  EXPECT_OK(VerifyTouch(Touch(kSkUserPresent | kSkUserVerified), options));
}

TEST_P(SecurityKey, FlagsAndCounterAreSigned) {
  Signature flags = Touch(0);
  flags.sk_flags = kSkUserPresent;
  EXPECT_THAT(VerifyTouch(flags), StatusIs(kRefused, HasSubstr("does not verify")));
  Signature counter = Touch(kSkUserPresent);
  counter.sk_counter = 8;
  EXPECT_THAT(VerifyTouch(counter), StatusIs(kRefused));
}

TEST_P(SecurityKey, SignsForItsApplicationOnly) {
  EXPECT_THAT(VerifyTouch(Touch(kSkUserPresent, "https://example.com")), StatusIs(kRefused));
}

TEST_P(SecurityKey, DoesNotSpeakForItsPlainKinNorTheOtherWayRound) {
  Signature plain = Sign(token_, AsBytes("message"));
  EXPECT_THAT(VerifyTouch(plain), StatusIs(kInvalid, HasSubstr("cannot come from")));
  plain.algorithm = std::string(KeyTypeName(GetParam()));
  EXPECT_THAT(VerifyTouch(plain), StatusIs(kRefused));
  EXPECT_THAT(Verify(token_.public_key(), AsBytes("message"), Touch(kSkUserPresent)),
              StatusIs(kInvalid));
}

TEST_P(SecurityKey, SignatureSurvivesItsEncodingAndNoTruncation) {
  const Signature signature = Touch(kSkUserPresent);
  const Bytes blob = signature.Encode();
  EXPECT_THAT(Signature::Parse(blob), IsOkAndHolds(signature));
  for (size_t size = 0; size < blob.size(); ++size) {
    EXPECT_THAT(Signature::Parse(BytesView(blob).first(size)), StatusIs(kInvalid)) << size;
  }
}

}  // namespace
}  // namespace mayfly::ssh
