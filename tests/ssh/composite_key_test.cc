// The composite of ML-DSA-44 and Ed25519, by OpenSSH 10.4's own vectors (tests/vectors/mldsa).
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/certificate.h"
#include "ssh/mldsa.h"
#include "ssh/private_key.h"
#include "ssh/wire.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

std::string Vector(const std::string& name) {
  const auto text = ReadFile(mayfly::testing::SourcePath("tests/vectors/mldsa/" + name));
  MAYFLY_CHECK(text.ok());
  return *text;
}

std::map<std::string, Bytes> CompositeVector() {
  std::map<std::string, Bytes> fields;
  for (const std::string& line : SplitLines(Vector("composite.txt"))) {
    const size_t blank = line.find(' ');
    if (line.starts_with('#') || blank == std::string::npos) continue;
    fields[line.substr(0, blank)] = Base64Decode(line.substr(blank + 1)).value();
  }
  return fields;
}

PublicKey VectorKey() { return PublicKey::ParseLine(Vector("key.pub")).value(); }

TEST(CompositeKey, IsReadShownAndFingerprintedAsByOpenSsh) {
  std::string comment;
  ASSERT_OK_AND_ASSIGN(const PublicKey key, PublicKey::ParseLine(Vector("key.pub"), &comment));
  EXPECT_EQ(key.type(), KeyType::kMldsa44Ed25519);
  EXPECT_EQ(key.bits(), 256);
  EXPECT_EQ(key.mldsa_key().size(), 1312u);
  EXPECT_EQ(key.point().size(), 32u);
  EXPECT_EQ(key.Fingerprint().text, TrimBlanks(Vector("key.fp")));
  EXPECT_EQ(key.Line(comment), TrimBlanks(Vector("key.pub")));
  EXPECT_THAT(ParseKeyTypeShortName("mldsa44-ed25519"), IsOkAndHolds(key.type()));
}

TEST(CompositeKey, OfAnotherLengthIsRefused) {
  for (const size_t size : {0, 32, 1343, 1345}) {
    const Bytes blob =
        Writer().String("ssh-mldsa44-ed25519@openssh.com").String(Bytes(size, 1)).Take();
    EXPECT_THAT(PublicKey::ParseBlob(blob), StatusIs(kInvalid, HasSubstr("1344 bytes"))) << size;
  }
}

TEST(CompositeKey, ItsCertificateParsesVerifiesAndEncodesToTheSameBytes) {
  const std::string line(TrimBlanks(Vector("key-cert.pub")));
  std::string comment;
  ASSERT_OK_AND_ASSIGN(const Certificate certificate, Certificate::ParseLine(line, &comment));
  EXPECT_EQ(certificate.body.key, VectorKey());
  EXPECT_EQ(certificate.Line(comment), line);
  // The CA of this vector is an ed25519 key, so any OpenSSL can tell.
  EXPECT_OK(certificate.VerifySignature());
}

TEST(CompositeKey, IsCertifiedOnlyWhereItsProofCanBeVerified) {
  const absl::Status judged = CheckSubjectKey(VectorKey());
  if (CanVerifyMldsa()) {
    EXPECT_OK(judged);
  } else {
    EXPECT_THAT(judged, StatusIs(kInvalid, HasSubstr("OpenSSL has no ML-DSA")));
  }
}

TEST(CompositeSignature, OfTheDraftVerifiesWhereOpenSslCanTell) {
  const std::map<std::string, Bytes> vector = CompositeVector();
  ASSERT_OK_AND_ASSIGN(const PublicKey key,
                       PublicKey::ParseBlob(Writer()
                                                .String("ssh-mldsa44-ed25519@openssh.com")
                                                .String(BytesView(vector.at("pk")))
                                                .bytes()));
  const Signature good{"ssh-mldsa44-ed25519@openssh.com", vector.at("s")};
  const absl::Status status = Verify(key, vector.at("m"), good);
  if (CanVerifyMldsa()) {
    EXPECT_OK(status);
  } else {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("3.5 or newer")));
  }
  EXPECT_THAT(Signature::Parse(good.Encode()), IsOkAndHolds(good));
  // Either half alone, changed, breaks it; the ed25519 half everywhere.
  for (const size_t place : {0, 1000, 2419, 2420, 2483}) {
    Signature bad = good;
    bad.bytes[place] ^= 1;
    EXPECT_FALSE(Verify(key, vector.at("m"), bad).ok()) << place;
  }
  Signature bad = good;
  bad.bytes.back() ^= 1;
  EXPECT_THAT(Verify(key, vector.at("m"), bad), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_FALSE(Verify(key, AsBytes("another message"), good).ok());
  bad = good;
  bad.bytes.pop_back();
  EXPECT_THAT(Verify(key, vector.at("m"), bad), StatusIs(kInvalid, HasSubstr("2484 bytes")));
}

TEST(CompositeSignature, DoesNotComeFromAnEd25519Key) {
  const PublicKey half = PublicKey::Ed25519(VectorKey().point());
  EXPECT_THAT(Verify(half, AsBytes("m"), {"ssh-mldsa44-ed25519@openssh.com", Bytes(2484)}),
              StatusIs(kInvalid, HasSubstr("cannot come from")));
}

TEST(CompositeKey, HasNoPrivateHalfHere) {
  FakeRandom random;
  EXPECT_THAT(PrivateKey::Generate(KeyType::kMldsa44Ed25519, random),
              StatusIs(kInvalid, HasSubstr("ssh-agent of OpenSSH")));
}

}  // namespace
}  // namespace mayfly::ssh
