#include "ca/revocation/bundle.h"

#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "bundle/parts.h"
#include "ca/keys/key_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/krl.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::revocation {
namespace {

using bundle::PartKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

ssh::PrivateKey KeyNumber(uint8_t n) {
  auto key = ssh::PrivateKey::Ed25519FromSeed(SecretBytes::CopyOf(Bytes(32, n)));
  MAYFLY_CHECK(key.ok());
  return *std::move(key);
}
ssh::PublicKey PublicKeyNumber(uint8_t n) { return KeyNumber(n).public_key(); }

Bytes KrlOf(std::vector<ssh::PublicKey> keys) {
  return ssh::Krl{1, 1772442000, "mayfly", {"user:mallory@people/1"}, std::move(keys)}.Encode();
}

class Bundle : public ::testing::Test {
 protected:
  absl::StatusOr<SignedBundle> Build() { return BuildBundle(contents_, 3, now_, *trust_); }
  absl::StatusOr<bundle::Manifest> Verify(const SignedBundle& built) {
    return bundle::VerifyManifest(built.manifest, built.signature,
                                  trust_->public_key().Fingerprint(), now_, 3);
  }

  const std::unique_ptr<keys::Signer> trust_ = keys::MakeMemorySigner(KeyNumber(1));
  const absl::Time now_ = FakeClock().Now() + absl::Milliseconds(250);
  BundleContents contents_ = {{PublicKeyNumber(2)},
                              {PublicKeyNumber(3)},
                              KrlOf({PublicKeyNumber(9)}),
                              {{{{"env", "staging"}}, {{{{{"env", "staging"}}, true, {}}}, true}},
                               {{{"env", "production"}}, {{}, false}}},
                              {"sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}};
};

TEST_F(Bundle, IsReadAsItWasMeant) {
  ASSERT_OK_AND_ASSIGN(const SignedBundle built, Build());
  ASSERT_OK_AND_ASSIGN(const bundle::Manifest manifest, Verify(built));
  const auto contents = [&](const bundle::Part& part) { return built.parts.at(part.sha256); };
  EXPECT_THAT(bundle::ParseCaKeys(contents(manifest.part(PartKind::kUserCas))),
              IsOkAndHolds(contents_.user_cas));
  EXPECT_THAT(bundle::ParseCaKeys(contents(manifest.part(PartKind::kHostCas))),
              IsOkAndHolds(contents_.host_cas));
  EXPECT_EQ(contents(manifest.part(PartKind::kKrl)), contents_.krl);
  EXPECT_THAT(bundle::ParseTlsPins(contents(manifest.part(PartKind::kTlsPins))),
              IsOkAndHolds(contents_.tls_pins));
  for (const PrincipalsPart& expected : contents_.principals) {
    const bundle::Part* part = manifest.FindPrincipals(expected.labels);
    ASSERT_NE(part, nullptr);
    EXPECT_THAT(bundle::ParsePrincipalsMap(contents(*part)), IsOkAndHolds(expected.map));
  }
}

TEST_F(Bundle, IsGoodForAWeek) {
  ASSERT_OK_AND_ASSIGN(const SignedBundle built, Build());
  ASSERT_OK_AND_ASSIGN(const bundle::Manifest manifest, Verify(built));
  EXPECT_EQ(manifest.issued_at, FakeClock().Now());  // Whole seconds, never in the future.
  EXPECT_EQ(manifest.valid_until - manifest.issued_at, absl::Hours(24 * 7));
  EXPECT_EQ(manifest.version, 3);
  EXPECT_EQ(manifest.ca_id, trust_->public_key().Fingerprint().text);
}

TEST_F(Bundle, SharesEqualParts) {
  contents_.principals[1].map = contents_.principals[0].map;
  ASSERT_OK_AND_ASSIGN(const SignedBundle built, Build());
  EXPECT_EQ(built.parts.size(), 5);
  EXPECT_OK(Verify(built));
}

// sshd's own reader on the two parts that become its files.
TEST_F(Bundle, GivesSshKeygenWhatItReads) {
  ASSERT_OK_AND_ASSIGN(const SignedBundle built, Build());
  ASSERT_OK_AND_ASSIGN(const bundle::Manifest manifest, Verify(built));
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("bundle"));
  const auto write = [&](PartKind kind) {
    const std::string path = JoinPath(folder.path(), bundle::PartKindName(kind));
    EXPECT_OK(WriteFileAtomically(path, AsText(built.parts.at(manifest.part(kind).sha256)), 0644));
    return path;
  };
  EXPECT_THAT(mayfly::Run({"ssh-keygen", "-lf", write(PartKind::kUserCas)}).out,
              HasSubstr(PublicKeyNumber(2).Fingerprint().text));
  const std::string revoked = JoinPath(folder.path(), "revoked.pub");
  ASSERT_OK(WriteFileAtomically(revoked, PublicKeyNumber(9).Line() + "\n", 0644));
  const ProcessResult query =
      mayfly::Run({"ssh-keygen", "-Qf", write(PartKind::kKrl), revoked,
                   JoinPath(folder.path(), bundle::PartKindName(PartKind::kUserCas))});
  EXPECT_THAT(query.out, HasSubstr("REVOKED"));
  EXPECT_THAT(query.out, HasSubstr(": ok"));
}

struct BadContents {
  const char* name;
  std::function<void(BundleContents&)> spoil;
  absl::StatusCode code;
  const char* says;
};
class BundleOf : public Bundle, public ::testing::WithParamInterface<BadContents> {};
INSTANTIATE_TEST_SUITE_P(
    BadContents, BundleOf,
    ::testing::ValuesIn(std::vector<BadContents>{
        {"NoUserCa", [](BundleContents& c) { c.user_cas.clear(); }, kInvalid, "user CAs"},
        {"NoHostCa", [](BundleContents& c) { c.host_cas.clear(); }, kInvalid, "host CAs"},
        {"UserCaTwice", [](BundleContents& c) { c.user_cas.push_back(c.user_cas[0]); }, kInvalid,
         "twice"},
        {"OneKeyForUsersAndHosts", [](BundleContents& c) { c.host_cas = c.user_cas; }, kRefused,
         "both a user CA and a host CA"},
        {"TrustKeyAsCa", [](BundleContents& c) { c.host_cas.push_back(PublicKeyNumber(1)); },
         kRefused, "trust key"},
        {"NoKrl", [](BundleContents& c) { c.krl.clear(); }, kInvalid, "KRL"},
        {"DamagedKrl", [](BundleContents& c) { c.krl.pop_back(); }, kInvalid, "KRL"},
        {"KrlRevokesAUserCa", [](BundleContents& c) { c.krl = KrlOf({PublicKeyNumber(2)}); },
         kRefused, "still trusts"},
        {"KrlRevokesAHostCa", [](BundleContents& c) { c.krl = KrlOf({PublicKeyNumber(3)}); },
         kRefused, "still trusts"},
        {"NoPin", [](BundleContents& c) { c.tls_pins.clear(); }, kInvalid, "TLS pins"},
        {"BadPin", [](BundleContents& c) { c.tls_pins[0] = "sha256:"; }, kInvalid, "TLS pins"},
        {"LabelsTwice", [](BundleContents& c) { c.principals[1].labels = c.principals[0].labels; },
         kInvalid, "twice"},
        {"BadLogin", [](BundleContents& c) { c.principals[0].map.scopes[0].logins = {"a\nroot"}; },
         kInvalid, "principals map"},
        {"EmptyScope", [](BundleContents& c) { c.principals[0].map.scopes[0].scope.clear(); },
         kInvalid, "principals map"},
    }),
    [](const auto& tested) { return tested.param.name; });
TEST_P(BundleOf, BadContentsIsNotSigned) {
  GetParam().spoil(contents_);
  EXPECT_THAT(Build(), StatusIs(GetParam().code, HasSubstr(GetParam().says)));
}

TEST_F(Bundle, PassesASignersErrorOn) {
  class Absent final : public keys::Signer {
   public:
    const ssh::PublicKey& public_key() const override { return key_; }
    absl::StatusOr<ssh::Signature> Sign(BytesView) const override {
      return Unavailable("no token in the slot");
    }

   private:
    ssh::PublicKey key_ = PublicKeyNumber(1);
  };
  EXPECT_THAT(BuildBundle(contents_, 3, now_, Absent()), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(Bundle, NeedsAVersion) {
  EXPECT_THAT(BuildBundle(contents_, 0, now_, *trust_), StatusIs(kInvalid, HasSubstr("version")));
}

}  // namespace
}  // namespace mayfly::revocation
