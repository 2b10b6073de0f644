#include "bundle/manifest.h"

#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mayfly/v1/bundle.pb.h"
#include "ssh/private_key.h"
#include "ssh/sshsig.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::bundle {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

constexpr auto kUnauthenticated = absl::StatusCode::kUnauthenticated;

ssh::PrivateKey KeyNumber(uint8_t n) {
  auto key = ssh::PrivateKey::Ed25519FromSeed(SecretBytes::CopyOf(Bytes(32, n)));
  MAYFLY_CHECK(key.ok());
  return *std::move(key);
}

Bytes SignedBy(const ssh::PrivateKey& key, BytesView bytes,
               std::string_view name_space = kManifestNamespace) {
  auto signature = ssh::SignSshsig(key.public_key(), key.signer(), name_space, bytes);
  MAYFLY_CHECK(signature.ok());
  return *std::move(signature);
}

Manifest GoodManifest(const std::string& ca_id, absl::Time issued_at) {
  Manifest manifest{ca_id, 7, issued_at, issued_at + absl::Hours(24 * 7), {}};
  for (const PartKind kind :
       {PartKind::kUserCas, PartKind::kHostCas, PartKind::kKrl, PartKind::kTlsPins}) {
    manifest.parts.push_back(MakePart(kind, AsBytes(PartKindName(kind))));
  }
  manifest.parts.push_back(
      MakePart(PartKind::kPrincipals, AsBytes("staging"), {{"env", "staging"}, {"role", "web"}}));
  manifest.parts.push_back(MakePart(PartKind::kPrincipals, AsBytes("no labels")));
  return manifest;
}

class ManifestTest : public ::testing::Test {
 protected:
  absl::StatusOr<Manifest> Verify(uint64_t min_version = 0) {
    return VerifyManifest(bytes_, signature_, trust_.public_key().Fingerprint(), now_, min_version);
  }
  void SignAgain(const Manifest& manifest) {
    bytes_ = EncodeManifest(manifest);
    signature_ = SignedBy(trust_, bytes_);
  }

  const ssh::PrivateKey trust_ = KeyNumber(1);
  const absl::Time issued_at_ = FakeClock().Now();
  absl::Time now_ = issued_at_ + absl::Hours(1);
  const Manifest manifest_ = GoodManifest(trust_.public_key().Fingerprint().text, issued_at_);
  Bytes bytes_ = EncodeManifest(manifest_);
  Bytes signature_ = SignedBy(trust_, bytes_);
};

TEST_F(ManifestTest, ReadsWhatWasSigned) { EXPECT_THAT(Verify(), IsOkAndHolds(manifest_)); }

TEST_F(ManifestTest, FindsItsParts) {
  EXPECT_OK(CheckPart(manifest_.part(PartKind::kKrl), AsBytes("krl")));
  const Part* staging = manifest_.FindPrincipals({{"role", "web"}, {"env", "staging"}});
  ASSERT_NE(staging, nullptr);
  EXPECT_OK(CheckPart(*staging, AsBytes("staging")));
  ASSERT_NE(manifest_.FindPrincipals({}), nullptr);
  EXPECT_OK(CheckPart(*manifest_.FindPrincipals({}), AsBytes("no labels")));
  EXPECT_EQ(manifest_.FindPrincipals({{"env", "staging"}}), nullptr);
}

// It is what `ssh-keygen -Y sign` would make: operators can check it without Mayfly.
TEST_F(ManifestTest, IsVerifiedBySshKeygen) {
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("manifest"));
  ASSERT_OK_AND_ASSIGN(const ssh::Sshsig sshsig, ssh::Sshsig::Parse(signature_));
  const std::string signature = JoinPath(folder.path(), "sig");
  const std::string signers = JoinPath(folder.path(), "signers");
  ASSERT_OK(WriteFileAtomically(signature, sshsig.Armor(), 0644));
  ASSERT_OK(WriteFileAtomically(signers, "ca " + trust_.public_key().Line() + "\n", 0644));
  const ProcessResult result =
      mayfly::Run({"ssh-keygen", "-Y", "verify", "-n", "manifest.v1@mayfly", "-I", "ca", "-f",
                   signers, "-s", signature},
                  {.input = ToText(bytes_)});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
}

TEST_F(ManifestTest, OfAnotherCaNamesBoth) {
  const ssh::PrivateKey other = KeyNumber(2);
  bytes_ = EncodeManifest(GoodManifest(other.public_key().Fingerprint().text, issued_at_));
  signature_ = SignedBy(other, bytes_);
  EXPECT_THAT(Verify(), StatusIs(kUnauthenticated,
                                 AllOf(HasSubstr(trust_.public_key().Fingerprint().text),
                                       HasSubstr(other.public_key().Fingerprint().text),
                                       HasSubstr("another CA or from someone in between"))));
}

TEST_F(ManifestTest, ThatClaimsThisCaAndIsSignedByAnotherIsRefused) {
  signature_ = SignedBy(KeyNumber(2), bytes_);
  EXPECT_THAT(Verify(), StatusIs(kUnauthenticated));
}

TEST_F(ManifestTest, ThatClaimsAnotherCaIsRefused) {
  SignAgain(GoodManifest(KeyNumber(2).public_key().Fingerprint().text, issued_at_));
  EXPECT_THAT(Verify(), StatusIs(kInvalid, HasSubstr("names the CA")));
}

TEST_F(ManifestTest, SignedForAnotherPurposeIsRefused) {
  for (const char* name_space : {"credential.v1@mayfly", "possession.v1@mayfly", "file"}) {
    signature_ = SignedBy(trust_, bytes_, name_space);
    EXPECT_THAT(Verify(), StatusIs(kUnauthenticated, HasSubstr("namespace"))) << name_space;
  }
}

TEST_F(ManifestTest, WithAnyBitFlippedIsRefused) {
  const auto flip_each = [&](Bytes& bytes) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] ^= 1 << (i % 8);
      EXPECT_FALSE(Verify().ok()) << i;
      bytes[i] ^= 1 << (i % 8);
    }
  };
  flip_each(bytes_);
  flip_each(signature_);
  EXPECT_OK(Verify());
}

TEST_F(ManifestTest, ExpiresAtItsEnd) {
  now_ = manifest_.valid_until - absl::Seconds(1);
  EXPECT_OK(Verify());
  now_ = manifest_.valid_until;
  EXPECT_THAT(Verify(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("expired at 2026-03-09T09:00:00Z"), HasSubstr("clock"))));
}

TEST_F(ManifestTest, OlderThanTheOneHeldIsARollback) {
  EXPECT_OK(Verify(/*min_version=*/6));
  EXPECT_OK(Verify(/*min_version=*/7));
  EXPECT_THAT(Verify(/*min_version=*/8),
              StatusIs(absl::StatusCode::kDataLoss, AllOf(HasSubstr("7"), HasSubstr("8"))));
}

// A rollback is worse than staleness: it is what must be told when both are true.
TEST_F(ManifestTest, OlderAndExpiredIsARollback) {
  now_ = manifest_.valid_until;
  EXPECT_THAT(Verify(/*min_version=*/8), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(ManifestTest, FromALaterCaIsRead) {
  v1::Manifest proto;
  ASSERT_TRUE(proto.ParseFromArray(bytes_.data(), static_cast<int>(bytes_.size())));
  v1::Part& part = *proto.add_parts();
  part.set_kind(static_cast<v1::PartKind>(99));
  proto.GetReflection()->MutableUnknownFields(&proto)->AddVarint(99, 1);
  bytes_ = ToBytes(proto.SerializeAsString());
  signature_ = SignedBy(trust_, bytes_);
  EXPECT_THAT(Verify(), IsOkAndHolds(manifest_));
}

TEST(CheckPart, RefusesAnyOtherContents) {
  const Part part = MakePart(PartKind::kKrl, AsBytes("contents"));
  EXPECT_OK(CheckPart(part, AsBytes("contents")));
  for (const char* other : {"", "content", "contents ", "Contents"}) {
    EXPECT_THAT(CheckPart(part, AsBytes(other)),
                StatusIs(absl::StatusCode::kDataLoss,
                         AllOf(HasSubstr("krl"), HasSubstr(HexEncode(part.sha256)))));
  }
}

struct BadManifest {
  const char* name;
  std::function<void(v1::Manifest&)> spoil;
  const char* says;
};
class ManifestParser : public TestWithParam<BadManifest> {};
INSTANTIATE_TEST_SUITE_P(
    Refuses, ManifestParser,
    ValuesIn(std::vector<BadManifest>{
        {"NoCaId", [](v1::Manifest& m) { m.clear_ca_id(); }, "manifest"},
        {"BadCaId", [](v1::Manifest& m) { m.set_ca_id("SHA256:short"); }, "manifest"},
        {"NoVersion", [](v1::Manifest& m) { m.clear_version(); }, "version"},
        {"NoIssuedAt", [](v1::Manifest& m) { m.clear_issued_at(); }, "issued_at"},
        {"NoValidUntil", [](v1::Manifest& m) { m.clear_valid_until(); }, "valid_until"},
        {"Nanoseconds", [](v1::Manifest& m) { m.mutable_valid_until()->set_nanos(1); },
         "whole seconds"},
        {"TimeBeforeTheEpoch", [](v1::Manifest& m) { m.mutable_valid_until()->set_seconds(-1); },
         "valid_until"},
        {"TimeBeyondAll", [](v1::Manifest& m) { m.mutable_valid_until()->set_seconds(INT64_MAX); },
         "valid_until"},
        {"NoKrl", [](v1::Manifest& m) { m.mutable_parts()->DeleteSubrange(2, 1); }, "krl"},
        {"NoParts", [](v1::Manifest& m) { m.clear_parts(); }, "user-cas"},
        {"TwoKrls", [](v1::Manifest& m) { *m.add_parts() = v1::Part(m.parts(2)); }, "twice"},
        {"TwoMapsForTheSameLabels", [](v1::Manifest& m) { *m.add_parts() = v1::Part(m.parts(4)); },
         "twice"},
        {"ShortHash", [](v1::Manifest& m) { m.mutable_parts(2)->set_sha256("short"); },
         "5 bytes, expected 32"},
        {"HugePart", [](v1::Manifest& m) { m.mutable_parts(2)->set_size(UINT64_MAX); }, "larger"},
        {"LabelsOnTheKrl", [](v1::Manifest& m) { m.mutable_parts(2)->add_labels("env=a"); },
         "labels"},
        {"LabelWithoutValue", [](v1::Manifest& m) { m.mutable_parts(4)->set_labels(0, "env"); },
         "key=value"},
        {"LabelTwice", [](v1::Manifest& m) { m.mutable_parts(4)->add_labels("env=other"); },
         "key=value"},
        {"LabelOutsideTheGrammar",
         [](v1::Manifest& m) { m.mutable_parts(4)->set_labels(0, "env=../../etc"); }, "manifest"},
        {"ManyParts",
         [](v1::Manifest& m) {
           for (size_t i = 0; i <= kMaxParts; ++i) m.add_parts();
         },
         "more than"},
    }),
    [](const auto& tested) { return tested.param.name; });
TEST_P(ManifestParser, Refuses) {
  const Manifest good =
      GoodManifest(KeyNumber(1).public_key().Fingerprint().text, FakeClock().Now());
  const Bytes bytes = EncodeManifest(good);
  v1::Manifest proto;
  ASSERT_TRUE(proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  GetParam().spoil(proto);
  EXPECT_THAT(ParseManifest(AsBytes(proto.SerializeAsString())),
              StatusIs(kInvalid, HasSubstr(GetParam().says)));
}

TEST(ParseManifest, RefusesWhatIsNoMessage) {
  EXPECT_THAT(ParseManifest(AsBytes("\x0a\xff")), StatusIs(kInvalid));
  EXPECT_THAT(ParseManifest(Bytes(kMaxManifestSize + 1)), StatusIs(kInvalid, HasSubstr("larger")));
}

}  // namespace
}  // namespace mayfly::bundle
