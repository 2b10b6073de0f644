// Vectors: keys, fingerprints and certificates that ssh-keygen makes in the test.
#include "ssh/public_key.h"

#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/wire.h"
#include "tests/ssh/case_name.h"
#include "tests/ssh/hex.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

std::string PublicLine(KeyType type) {
  const auto line = ReadFile(KeygenKey(type, "subject") + ".pub");
  MAYFLY_CHECK(line.ok());
  return *line;
}

class EveryKeyType : public TestWithParam<KeyType> {};
INSTANTIATE_TEST_SUITE_P(PublicKey, EveryKeyType, ValuesIn(KeygenTypes()), KeyTypeCaseName);

TEST_P(EveryKeyType, IsReadAndPrintedAsSshKeygenDoes) {
  const std::string path = KeygenKey(GetParam(), "subject");
  std::string comment;
  ASSERT_OK_AND_ASSIGN(const PublicKey key, PublicKey::ParseLine(PublicLine(GetParam()), &comment));
  EXPECT_EQ(key.type(), GetParam());
  EXPECT_EQ(comment, IsSecurityKey(GetParam()) ? "sk" : "test");
  EXPECT_EQ(key.Line(comment), TrimBlanks(PublicLine(GetParam())));
  EXPECT_THAT(Keygen({"-l", "-f", path + ".pub"}),
              testing::StartsWith(fmt::format("{} {} ", key.bits(), key.Fingerprint().text)));
  EXPECT_THAT(Fingerprint::Parse(key.Fingerprint().text), IsOkAndHolds(key.Fingerprint()));
}

TEST_P(EveryKeyType, SurvivesItsBlob) {
  const PublicKey key = KeygenPublicKey(GetParam(), "subject");
  EXPECT_THAT(PublicKey::ParseBlob(key.blob()), IsOkAndHolds(key));
}

TEST_P(EveryKeyType, IsRefusedTruncatedAnywhere) {
  const PublicKey key = KeygenPublicKey(GetParam(), "subject");
  for (size_t size = 0; size < key.blob().size(); ++size) {
    EXPECT_THAT(PublicKey::ParseBlob(key.blob().first(size)), StatusIs(kInvalid)) << size;
  }
  const std::string line = key.Line();
  for (size_t size = 0; size < line.size(); ++size) {
    EXPECT_THAT(PublicKey::ParseLine(line.substr(0, size)), StatusIs(kInvalid)) << size;
  }
}

TEST_P(EveryKeyType, IsRefusedWithTrailingBytes) {
  Bytes blob = ToBytes(KeygenPublicKey(GetParam(), "subject").blob());
  blob.push_back(0);
  EXPECT_THAT(PublicKey::ParseBlob(blob), StatusIs(kInvalid, HasSubstr("1 bytes too many")));
}

TEST_P(EveryKeyType, IsRefusedUnderTheTypeWordOfAnother) {
  const PublicKey key = KeygenPublicKey(GetParam(), "subject");
  for (const KeyType other : KeygenTypes()) {
    if (other == GetParam()) continue;
    const std::string line = fmt::format("{} {}", KeyTypeName(other), Base64Encode(key.blob()));
    EXPECT_THAT(PublicKey::ParseLine(line), StatusIs(kInvalid, HasSubstr("the key inside is")));
  }
}

TEST_P(EveryKeyType, IsRefusedAsACertificateByItsName) {
  const std::string line =
      KeygenCertificate(KeyType::kEd25519, GetParam(), {"-I", "id", "-n", "alice"});
  EXPECT_THAT(PublicKey::ParseLine(line), StatusIs(kInvalid, HasSubstr("is a certificate")));
  // By its name alone, before anything behind it is looked at.
  const Bytes name_only = Writer().String(CertificateTypeName(GetParam())).Take();
  EXPECT_THAT(PublicKey::ParseBlob(name_only), StatusIs(kInvalid, HasSubstr("is a certificate")));
}

TEST_P(EveryKeyType, HasAShortName) {
  EXPECT_THAT(ParseKeyTypeShortName(KeyTypeShortName(GetParam())), IsOkAndHolds(GetParam()));
}

TEST(KeyTypeShortName, UnknownOneIsAnsweredWithTheList) {
  EXPECT_THAT(ParseKeyTypeShortName("ED25519"),
              StatusIs(kInvalid, HasSubstr("ed25519, ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa")));
}

TEST(PublicKey, SecurityKeySaysItsApplication) {
  EXPECT_EQ(KeygenPublicKey(KeyType::kSkEd25519, "subject").application(), "ssh:");
  EXPECT_EQ(KeygenPublicKey(KeyType::kSkEcdsaP256, "subject").application(), "ssh:");
}

TEST(PublicKey, DsaIsRefusedByName) {
  const std::string path = TestPath("dsa");
  Keygen({"-q", "-t", "dsa", "-N", "", "-f", path});
  ASSERT_OK_AND_ASSIGN(const std::string line, ReadFile(path + ".pub"));
  EXPECT_THAT(PublicKey::ParseLine(line),
              StatusIs(kInvalid, AllOf(HasSubstr("DSA"), HasSubstr("ssh-keygen -t ed25519"))));
}

struct BlobCase {
  std::string name;
  Bytes blob;
  std::string message;
};
class BadBlob : public TestWithParam<BlobCase> {};

TEST_P(BadBlob, IsRefusedWithAReason) {
  EXPECT_THAT(PublicKey::ParseBlob(GetParam().blob),
              StatusIs(kInvalid, HasSubstr(GetParam().message)));
}

Bytes Ed25519Blob(size_t size) {
  return Writer().String("ssh-ed25519").String(BytesView(Bytes(size, 7))).Take();
}
Bytes EcdsaBlob(std::string_view curve, BytesView point) {
  return Writer().String("ecdsa-sha2-nistp256").String(curve).String(point).Take();
}
Bytes RsaBlob(BytesView exponent, BytesView modulus) {
  return Writer().String("ssh-rsa").String(exponent).String(modulus).Take();
}
// The base point of P-256 (SEC 2 section 2.4.2), uncompressed.
Bytes P256Point() {
  return FromHex(
      "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
}
Bytes Changed(Bytes bytes, size_t index, uint8_t value) {
  bytes.at(index) = value;
  return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    PublicKey, BadBlob,
    ValuesIn(std::vector<BlobCase>{
        {"Empty", {}, "key type"},
        {"Unknown", Writer().String("ssh-ed448").Take(), "unknown key type \"ssh-ed448\""},
        {"TypeInCapitals", Writer().String("SSH-ED25519").Take(), "unknown key type"},
        {"TypeThatMovesTheCursor", Writer().String("\x1b[2Jx").Take(), "\\x1b[2Jx"},
        {"TypeOfAMegabyte", Writer().String(std::string(1 << 20, 'a')).Take(), "…"},
        {"Ed25519Empty", Ed25519Blob(0), "32 bytes"},
        {"Ed25519Of31Bytes", Ed25519Blob(31), "it has 31"},
        {"Ed25519Of33Bytes", Ed25519Blob(33), "it has 33"},
        {"EcdsaOtherCurve", EcdsaBlob("nistp384", P256Point()), "the curve must be nistp256"},
        {"EcdsaOffCurve", EcdsaBlob("nistp256", Changed(P256Point(), 64, 0)), "not on nistp256"},
        {"EcdsaInfinity", EcdsaBlob("nistp256", FromHex("00")), "uncompressed"},
        {"EcdsaInfinityPadded", EcdsaBlob("nistp256", Bytes(65)), "uncompressed"},
        {"EcdsaZeroes", EcdsaBlob("nistp256", Changed(Bytes(65), 0, 4)), "not on nistp256"},
        {"EcdsaCompressed", EcdsaBlob("nistp256", Bytes(33, 2)), "uncompressed"},
        {"EcdsaHybrid", EcdsaBlob("nistp256", Changed(P256Point(), 0, 7)), "uncompressed"},
        {"EcdsaCoordinateAboveTheField", EcdsaBlob("nistp256", Changed(Bytes(65, 0xff), 0, 4)),
         "not on nistp256"},
        {"EcdsaEmptyPoint", EcdsaBlob("nistp256", {}), "uncompressed"},
        {"RsaZeroModulus", RsaBlob(FromHex("010001"), {}), "zero"},
        {"RsaZeroExponent", RsaBlob({}, FromHex("0f")), "zero"},
        {"RsaNegativeModulus", RsaBlob(FromHex("010001"), Bytes(256, 0xff)), "negative"},
        {"RsaPaddedModulus", RsaBlob(FromHex("010001"), Changed(Bytes(257, 1), 0, 0)), "needless"},
        {"RsaModulusOver16384Bits", RsaBlob(FromHex("010001"), Bytes(2049, 1)), "2049 bytes"},
    }),
    CaseName<BlobCase>);

struct LineCase {
  std::string name;
  std::string line;
  std::string message;
};
class BadLine : public TestWithParam<LineCase> {};

// `%` stands for the base64 of a good ed25519 key.
TEST_P(BadLine, IsRefusedWithAReason) {
  std::string line = GetParam().line;
  if (const size_t at = line.find('%'); at != std::string::npos) {
    line.replace(at, 1, Base64Encode(Ed25519Blob(32)));
  }
  EXPECT_THAT(PublicKey::ParseLine(line), StatusIs(kInvalid, HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    PublicKey, BadLine,
    ValuesIn(std::vector<LineCase>{
        {"Empty", "", "a public key is expected"},
        {"Newline", "\n", "a public key is expected"},
        {"LeadingBlank", " ssh-ed25519 %", "a public key is expected"},
        {"TypeAlone", "ssh-ed25519", "key type"},
        {"Base64Alone", "%", "unknown key type"},
        {"Options", "restrict ssh-ed25519 %", "unknown key type \"restrict\""},
        {"NotBase64", "ssh-ed25519 AAAA!", "base64"},
        {"NoPadding", "ssh-ed25519 A", "base64"},
        {"TwoLines", "ssh-ed25519 % a\nssh-ed25519 % b\n", "one line"},
        {"TwoNewlines", "ssh-ed25519 % a\n\n", "one line"},
        {"Nul", std::string("ssh-ed25519 % a\0b", 17), "one line"},
        {"CarriageReturn", "ssh-ed25519 % a\rb", "one line"},
        {"PrivateKey", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3", "give the .pub file"},
        {"PuttyPrivateKey", "PuTTY-User-Key-File-3: ssh-ed25519\n", "give the .pub file"},
        {"Rfc4716", "---- BEGIN SSH2 PUBLIC KEY ----\n", "ssh-keygen -i"},
        {"Huge", "ssh-ed25519 % " + std::string(20000, 'a'), "at most 16384 bytes"},
    }),
    CaseName<LineCase>);

TEST(PublicKey, LineMayEndLikeAWindowsFileAndHaveNoComment) {
  const std::string line = KeygenPublicKey(KeyType::kEd25519, "subject").Line();
  std::string comment = "left over";
  EXPECT_OK(PublicKey::ParseLine(line + "\r\n", &comment));
  EXPECT_EQ(comment, "");
  EXPECT_OK(PublicKey::ParseLine(line + "\ttwo words ", &comment));
  EXPECT_EQ(comment, "two words");
}

TEST(PublicKey, CommentMakesNoSecondLine) {
  const PublicKey key = KeygenPublicKey(KeyType::kEd25519, "subject");
  EXPECT_EQ(key.Line("a\nssh-ed25519 AAAA\r\x1b ü"), key.Line() + " a?ssh-ed25519 AAAA?? ü");
}

TEST(PublicKey, IsMadeFromAnEd25519Point) {
  const PublicKey key = KeygenPublicKey(KeyType::kEd25519, "subject");
  EXPECT_EQ(PublicKey::Ed25519(key.point()), key);
}

TEST(Fingerprint, IsComputedOnceForAllCopies) {
  const auto key = std::make_unique<PublicKey>(KeygenPublicKey(KeyType::kEd25519, "subject"));
  const PublicKey copy = *key;
  const Fingerprint* of_copy = &copy.Fingerprint();
  EXPECT_EQ(of_copy, &key->Fingerprint());
  EXPECT_EQ(*of_copy, FingerprintOf(key->blob()));
}

TEST(Fingerprint, RefusesAnythingButSha256InUnpaddedBase64) {
  const std::string good = KeygenPublicKey(KeyType::kEd25519, "subject").Fingerprint().text;
  EXPECT_OK(Fingerprint::Parse(good));
  for (const std::string& bad :
       {std::string(), std::string("SHA256:"), good + "=", good + " ", " " + good, good.substr(7),
        "sha256:" + good.substr(7), "MD5:" + good.substr(7), good.substr(0, 49) + "-",
        // Stray bits in the last character would make two spellings of one fingerprint.
        good.substr(0, 49) + "B", std::string(1000, 'a')}) {
    EXPECT_THAT(Fingerprint::Parse(bad), StatusIs(kInvalid, HasSubstr("not a fingerprint"))) << bad;
  }
}

TEST(PublicKey, ErrorsStayShortAndPrintable) {
  const Bytes blob = Writer().String(std::string(100000, '\x1b')).Take();
  const auto key = PublicKey::ParseBlob(blob);
  ASSERT_THAT(key, StatusIs(kInvalid));
  EXPECT_LT(Message(key.status()).size(), 1000u);
  EXPECT_THAT(Message(key.status()), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace mayfly::ssh
