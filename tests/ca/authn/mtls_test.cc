#include "ca/authn/mtls_authenticator.h"

#include <sys/resource.h>

#include "base/file.h"
#include "ca/authn/refusal.h"
#include "ca/authn/remembered_certificates.h"
#include "fmt/format.h"
#include "tests/ca/authn/test_certificates.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

using ::testing::HasSubstr;

// One CA with an intermediate, one rule a kind of name, and a certificate that fits the first.
class MtlsTest : public ::testing::Test {
 protected:
  MtlsTest() {
    rules_ = {Rule(CertificateNameKind::kSpiffe, "spiffe://example.org/host/${name}",
                   "${name}.example.com", {{"role", "${name}"}}),
              Rule(CertificateNameKind::kDns, "${name}.fleet.example.com", "${name}.example.com")};
    spec_.names = "URI:spiffe://example.org/host/web1";
  }
  static CertificateRule Rule(CertificateNameKind kind, const std::string& pattern,
                              const std::string& name,
                              const std::map<std::string, std::string>& labels = {}) {
    return CertificateRule::Create(kind, pattern, model::SubjectKind::kHost, name, labels, {})
        .value();
  }

  std::string Path(const std::string& name) const { return JoinPath(folder_.path(), name); }
  void Write(const std::string& name, const std::string& text) {
    ASSERT_OK(WriteFileAtomically(Path(name), text, 0644));
  }

  absl::StatusOr<model::Identity> Authenticate() {
    if (roots_ == nullptr) {
      if (!FileExists(Path("roots.pem"))) Write("roots.pem", root_.Pem());
      absl::StatusOr<std::unique_ptr<ClientRoots>> roots =
          ClientRoots::Open({Path("roots.pem"), crl_ ? Path("crl.pem") : ""});
      if (!roots.ok()) return roots.status();
      roots_ = *std::move(roots);
    }
    const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
    return AuthenticateBy(leaf);
  }
  absl::StatusOr<model::Identity> AuthenticateBy(const TestCertificate& leaf) {
    MtlsAuthenticator authenticator({"fleet", "hosts", rules_}, *roots_);
    CallHeader header;
    header.credential = model::Proof::kMtls;
    header.hostname = hostname_;
    header.tls = {leaf.Pem(), intermediate_.Pem()};
    const AuthenticationContext context{header, {}, std::nullopt, clock_.Now()};
    return authenticator.Authenticate(nullptr, context);
  }
  void ExpectRefused(std::string_view cause, const std::string& why) {
    const absl::StatusOr<model::Identity> identity = Authenticate();
    EXPECT_EQ(CauseOf(identity.status()), cause) << identity.status();
    EXPECT_THAT(Message(identity.status()), HasSubstr(why));
  }
  static bool FileExists(const std::string& path) { return ReadFile(path).ok(); }

  TemporaryDirectory folder_ = TemporaryDirectory::Create("mtls").value();
  FakeClock clock_;
  const TestCertificate root_ = MakeCa("root");
  const TestCertificate intermediate_ = MakeCa("intermediate", &root_);
  std::unique_ptr<ClientRoots> roots_;
  bool crl_ = false;
  std::vector<CertificateRule> rules_;
  CertificateSpec spec_;
  std::string hostname_;
};

TEST_F(MtlsTest, ProvesTheHostOfASpiffeId) {
  ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate());
  EXPECT_EQ(identity.subject.ToString(), "host:web1.example.com@hosts");
  EXPECT_EQ(identity.authenticator, "fleet");
  EXPECT_EQ(identity.proof, model::Proof::kMtls);
  EXPECT_EQ(identity.issuer_subject, "spiffe://example.org/host/web1");
  EXPECT_EQ(identity.labels, model::Fact<model::Labels>::Known({{"role", "web1"}}));
  EXPECT_TRUE(identity.claims.at("certificate_sha256").known());
  EXPECT_EQ(identity.until, absl::InfiniteFuture());  // A host stands by its record.
}

TEST_F(MtlsTest, TakesTheFirstRuleThatFits) {
  spec_.names = "DNS:db1.fleet.example.com";
  ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate());
  EXPECT_EQ(identity.subject.name, "db1.example.com");
}

TEST_F(MtlsTest, AUserEndsWithItsCertificate) {
  rules_ = {CertificateRule::Create(CertificateNameKind::kUri, "urn:bot/${name}",
                                    model::SubjectKind::kUser, "${name}", {}, {"deployers"})
                .value()};
  spec_.names = "URI:urn:bot/deploy-bot";
  ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate());
  EXPECT_EQ(identity.subject.ToString(), "user:deploy-bot@hosts");
  EXPECT_EQ(identity.groups, model::Fact<std::vector<std::string>>::Known({"deployers"}));
  EXPECT_EQ(identity.until, spec_.not_after);
  spec_.names = "URI:urn:bot/root";
  ExpectRefused(cause::kWrongName, "system account");
  spec_.names = "URI:urn:bot/-oProxyCommand";
  ExpectRefused(cause::kWrongName, "not a user name");
}

TEST_F(MtlsTest, TheClaimedNameIsTheCertificates) {
  hostname_ = "web1.example.com";
  EXPECT_OK(Authenticate());
  hostname_ = "db1.example.com";
  ExpectRefused(cause::kWrongName, "of host:web1.example.com@hosts");
}

// --- Two names, and none
// --------------------------------------------------------------------------

TEST_F(MtlsTest, RefusesTwoUris) {
  spec_.names = "URI:spiffe://example.org/host/web1,URI:spiffe://example.org/host/web2";
  ExpectRefused(cause::kWrongName, "2 URIs; expected exactly one");
}

TEST_F(MtlsTest, RefusesTwoDnsNames) {
  spec_.names = "DNS:a.fleet.example.com,DNS:b.fleet.example.com";
  ExpectRefused(cause::kWrongName, "2 DNS names; expected exactly one");
}

TEST_F(MtlsTest, ACommonNameCountsOnlyWithoutAlternativeNames) {
  rules_ = {Rule(CertificateNameKind::kCommonName, "${name}.example.com", "${name}.example.com")};
  spec_.common_name = "web1.example.com";
  spec_.names = "DNS:other.example.com";
  ExpectRefused(cause::kWrongName, "alternative names");
  spec_.names = "";
  ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate());
  EXPECT_EQ(identity.subject.name, "web1.example.com");
  spec_.more_common_names = {"web2.example.com"};
  ExpectRefused(cause::kWrongName, "2 common names");
}

TEST_F(MtlsTest, RefusesNamesThatFitNoRule) {
  for (const char* names : {"URI:spiffe://evil.org/host/web1", "URI:spiffe://example.org/user/web1",
                            "URI:https://example.org/host/web1", "DNS:web1.example.com"}) {
    spec_.names = names;
    ExpectRefused(cause::kWrongName, "no rule fits");
  }
}

TEST_F(MtlsTest, RefusesAWildcardForAHost) {
  rules_ = {Rule(CertificateNameKind::kDns, "${name}.example.com", "${name}.example.com")};
  spec_.names = "DNS:*.example.com";
  ExpectRefused(cause::kWrongName, "does not match");
}

// --- The chain
// ------------------------------------------------------------------------------------

TEST_F(MtlsTest, RefusesAnotherCa) {
  Write("roots.pem", MakeCa("another").Pem());
  ExpectRefused(cause::kBadCertificate, "does not verify");
}

TEST_F(MtlsTest, RefusesACertificateOutsideItsTime) {
  spec_.not_after = clock_.Now() - absl::Seconds(1);
  ExpectRefused(cause::kBadCertificate, "expired");
  spec_.not_after = clock_.Now() + absl::Hours(2);
  spec_.not_before = clock_.Now() + absl::Hours(1);
  ExpectRefused(cause::kBadCertificate, "not yet valid");
}

TEST_F(MtlsTest, RefusesAServersCertificate) {
  spec_.purpose = "serverAuth";
  ExpectRefused(cause::kBadCertificate, "purpose");
}

TEST_F(MtlsTest, RefusesAWeakKey) {
  ASSERT_OK(Authenticate());
  const TestCertificate weak = MakeCertificate(spec_, &intermediate_, RsaKey(1024));
  EXPECT_EQ(CauseOf(AuthenticateBy(weak).status()), cause::kBadCertificate);
}

TEST_F(MtlsTest, RefusesAConnectionWithoutACertificate) {
  ASSERT_OK(Authenticate());
  MtlsAuthenticator authenticator({"fleet", "hosts", rules_}, *roots_);
  const CallHeader header;
  const AuthenticationContext context{header, {}, std::nullopt, clock_.Now()};
  EXPECT_EQ(CauseOf(authenticator.Authenticate(nullptr, context).status()), cause::kNoCredential);
}

// --- Revocation
// -----------------------------------------------------------------------------------

class MtlsCrlTest : public MtlsTest {
 protected:
  MtlsCrlTest() { crl_ = true; }
  void WriteCrls(const std::string& of_intermediate) { Write("crl.pem", of_intermediate); }
};

TEST_F(MtlsCrlTest, RefusesARevokedCertificateOnceTheFileSaysSo) {
  WriteCrls(CrlPem(intermediate_, {}));
  ASSERT_OK(Authenticate());
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  EXPECT_OK(AuthenticateBy(leaf));
  WriteCrls(CrlPem(intermediate_, {&leaf}));
  EXPECT_OK(AuthenticateBy(leaf));  // Not read yet.
  bool was_read = false;
  ASSERT_OK(roots_->Reload(/*always=*/false, &was_read));
  EXPECT_TRUE(was_read);
  const absl::Status refused = AuthenticateBy(leaf).status();
  EXPECT_EQ(CauseOf(refused), cause::kBadCertificate);
  EXPECT_THAT(Message(refused), HasSubstr("revoked"));
  ASSERT_OK(roots_->Reload(/*always=*/false, &was_read));
  EXPECT_FALSE(was_read);
}

TEST_F(MtlsCrlTest, RefusesAllWhenTheCrlIsStaleOrOfAnotherCa) {
  WriteCrls(CrlPem(intermediate_, {}, clock_.Now() - absl::Hours(1)));
  ExpectRefused(cause::kBadCertificate, "CRL has expired");
  roots_.reset();
  WriteCrls(CrlPem(root_, {}));
  ExpectRefused(cause::kBadCertificate, "unable to get certificate CRL");
}

TEST_F(MtlsCrlTest, RefusesUnderARevokedIntermediate) {
  WriteCrls(CrlPem(intermediate_, {}) + CrlPem(root_, {&intermediate_}));
  ExpectRefused(cause::kBadCertificate, "intermediate CA of the client certificate is revoked");
}

TEST_F(MtlsCrlTest, AFileThatIsWrongLeavesTheLastGoodOneInForce) {
  WriteCrls(CrlPem(intermediate_, {}));
  ASSERT_OK(Authenticate());
  Write("crl.pem", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
  EXPECT_THAT(roots_->Reload(false),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("CRL 1 is not well-formed")));
  EXPECT_OK(Authenticate());
  Write("roots.pem", "nothing");
  Write("crl.pem", CrlPem(intermediate_, {}));
  EXPECT_THAT(roots_->Reload(false), StatusIs(absl::StatusCode::kInvalidArgument,
                                              HasSubstr("roots.pem: no PEM certificate")));
  EXPECT_THAT(roots_->Reload(false), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(Authenticate());
}

TEST_F(MtlsCrlTest, AFileThatCouldNotBeReadOnceIsTriedAgain) {
  WriteCrls(CrlPem(intermediate_, {}));
  ASSERT_OK(Authenticate());
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  WriteCrls(CrlPem(intermediate_, {&leaf}));
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none = {0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);  // No file can be opened.
  bool told = false;
  const absl::Status first = roots_->Reload(/*always=*/false, &told);
  bool told_again = true;
  const absl::Status second = roots_->Reload(/*always=*/false, &told_again);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_FALSE(first.ok());
  EXPECT_TRUE(told);
  EXPECT_FALSE(second.ok());
  EXPECT_FALSE(told_again);
  ASSERT_OK(roots_->Reload(/*always=*/false, &told_again));
  EXPECT_TRUE(told_again);
  EXPECT_EQ(CauseOf(AuthenticateBy(leaf).status()), cause::kBadCertificate);
}

TEST_F(MtlsTest, ALeafIsNoRoot) {
  Write("roots.pem", MakeCertificate(spec_, &root_).Pem());
  EXPECT_THAT(Authenticate(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not a CA's")));
}

// --- What is remembered
// ---------------------------------------------------------------------------

TEST_F(MtlsTest, IsVerifiedOnceForManyCalls) {
  ASSERT_OK(Authenticate());
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  const int64_t before = roots_->verifications();
  for (int i = 0; i < 5; ++i) ASSERT_OK(AuthenticateBy(leaf));
  EXPECT_EQ(roots_->verifications(), before + 1);
  ASSERT_OK(roots_->Reload(/*always=*/true));
  ASSERT_OK(AuthenticateBy(leaf));
  EXPECT_EQ(roots_->verifications(), before + 2);
}

TEST_F(MtlsTest, WhatIsRefusedIsNotRemembered) {
  ASSERT_OK(Authenticate());
  const TestCertificate another = MakeCa("another");
  const TestCertificate leaf = MakeCertificate(spec_, &another);
  const int64_t before = roots_->verifications();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(AuthenticateBy(leaf).ok());
  EXPECT_EQ(roots_->verifications(), before + 3);
}

TEST_F(MtlsTest, WhatVerifiedIsRefusedOnceItHasExpired) {
  spec_.not_after = clock_.Now() + absl::Minutes(5);
  ASSERT_OK(Authenticate());  // Opens the roots.
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  ASSERT_OK_AND_ASSIGN(const model::Identity first, AuthenticateBy(leaf));
  clock_.Advance(absl::Minutes(4));
  ASSERT_OK_AND_ASSIGN(const model::Identity again, AuthenticateBy(leaf));
  EXPECT_EQ(again.subject, first.subject);
  EXPECT_EQ(again.claims, first.claims);
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(Message(AuthenticateBy(leaf).status()), HasSubstr("expired"));
}

TEST_F(MtlsTest, WhatVerifiedIsRefusedBeforeItBegins) {
  spec_.not_before = clock_.Now() - absl::Minutes(5);
  ASSERT_OK(Authenticate());
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  ASSERT_OK(AuthenticateBy(leaf));
  clock_.Advance(-absl::Minutes(6));
  EXPECT_THAT(Message(AuthenticateBy(leaf).status()), HasSubstr("not yet valid"));
}

TEST_F(MtlsTest, WhatVerifiedIsRefusedOnceItsIntermediateHasExpired) {
  ASSERT_OK(Authenticate());
  CertificateSpec ca;
  ca.common_name = "brief";
  ca.is_ca = true;
  ca.purpose = "";
  ca.not_after = clock_.Now() + absl::Minutes(5);
  const TestCertificate brief = MakeCertificate(ca, &root_);
  const TestCertificate leaf = MakeCertificate(spec_, &brief);
  const auto verify = [&](absl::Time now) {
    return roots_->Verify(leaf.Pem(), brief.Pem(), now).status();
  };
  ASSERT_OK(verify(clock_.Now()));
  EXPECT_OK(verify(ca.not_after - absl::Seconds(1)));
  EXPECT_THAT(verify(ca.not_after),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("expired")));
}

TEST_F(MtlsTest, WhatVerifiedWithItsIntermediateIsRefusedWithout) {
  ASSERT_OK(Authenticate());
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  ASSERT_OK(roots_->Verify(leaf.Pem(), intermediate_.Pem(), clock_.Now()));
  EXPECT_THAT(roots_->Verify(leaf.Pem(), "", clock_.Now()),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("issuer")));
}

TEST(RememberedCertificates, AreFoundWhileTheyAreGood) {
  RememberedCertificates remembered;
  const absl::Time from = absl::FromUnixSeconds(1772442000), until = from + absl::Minutes(5);
  VerifiedCertificate verified;
  verified.serial = "07";
  remembered.Add("text", verified, from, until);
  for (const absl::Time now : {from, until - absl::Seconds(1)}) {
    ASSERT_TRUE(remembered.Find("text", now).has_value());
    EXPECT_EQ(remembered.Find("text", now)->serial, "07");
  }
  EXPECT_FALSE(remembered.Find("text", from - absl::Seconds(1)).has_value());
  EXPECT_FALSE(remembered.Find("text", until).has_value());
  EXPECT_FALSE(remembered.Find("other", from).has_value());
}

TEST(RememberedCertificates, AreBounded) {
  RememberedCertificates remembered;
  const absl::Time from = absl::FromUnixSeconds(1772442000), until = absl::InfiniteFuture();
  const std::string long_text(RememberedCertificates::kMaxText + 1, 'x');
  remembered.Add(long_text, {}, from, until);
  EXPECT_FALSE(remembered.Find(long_text, from).has_value());
  const auto text = [](size_t i) { return fmt::format("text {}", i); };
  for (size_t i = 0; i < RememberedCertificates::kMaxCount; ++i) {
    remembered.Add(text(i), {}, from, until);
  }
  remembered.Add(text(0), {}, from, until);  // The same again is not one more.
  EXPECT_TRUE(remembered.Find(text(1), from).has_value());
  remembered.Add("one more", {}, from, until);
  EXPECT_FALSE(remembered.Find(text(1), from).has_value());
  EXPECT_TRUE(remembered.Find("one more", from).has_value());
}

TEST_F(MtlsCrlTest, WhatVerifiedIsRefusedOnceTheCrlIsStale) {
  WriteCrls(CrlPem(intermediate_, {}, clock_.Now() + absl::Minutes(5)));
  ASSERT_OK(Authenticate());
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  ASSERT_OK(AuthenticateBy(leaf));
  clock_.Advance(absl::Minutes(5));
  EXPECT_THAT(Message(AuthenticateBy(leaf).status()), HasSubstr("CRL has expired"));
}

TEST_F(MtlsCrlTest, WhatVerifiedIsRefusedOnceANewerCrlBegins) {
  WriteCrls(CrlPem(intermediate_, {}));
  ASSERT_OK(Authenticate());
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  WriteCrls(CrlPem(intermediate_, {}) + CrlPem(intermediate_, {&leaf},
                                               clock_.Now() + absl::Hours(1),
                                               clock_.Now() + absl::Minutes(5)));
  ASSERT_OK(roots_->Reload(/*always=*/true));
  ASSERT_OK(AuthenticateBy(leaf));
  clock_.Advance(absl::Minutes(5));
  EXPECT_THAT(Message(AuthenticateBy(leaf).status()), HasSubstr("revoked"));
}

TEST_F(MtlsCrlTest, ACrlWithoutAnEndLeavesTheCertificatesOwn) {
  WriteCrls(CrlPem(intermediate_, {}, absl::InfiniteFuture()));
  ASSERT_OK(Authenticate());
  spec_.not_after = clock_.Now() + absl::Minutes(5);
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  const int64_t before = roots_->verifications();
  for (int i = 0; i < 5; ++i) ASSERT_OK(AuthenticateBy(leaf));
  EXPECT_EQ(roots_->verifications(), before + 1);
  clock_.Advance(absl::Minutes(5));
  EXPECT_THAT(Message(AuthenticateBy(leaf).status()), HasSubstr("expired"));
}

TEST_F(MtlsCrlTest, AStaleCrlOfAnotherCaDoesNotKeepItFromBeingRemembered) {
  WriteCrls(CrlPem(MakeCa("another"), {}, clock_.Now() - absl::Hours(1)) +
            CrlPem(intermediate_, {}));
  ASSERT_OK(Authenticate());
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  const int64_t before = roots_->verifications();
  for (int i = 0; i < 5; ++i) ASSERT_OK(AuthenticateBy(leaf));
  EXPECT_EQ(roots_->verifications(), before + 1);
}

TEST_F(MtlsTest, WhatVerifiedIsRefusedOnceItsRootIsGone) {
  ASSERT_OK(Authenticate());
  const TestCertificate leaf = MakeCertificate(spec_, &intermediate_);
  ASSERT_OK(AuthenticateBy(leaf));
  Write("roots.pem", MakeCa("another").Pem());
  ASSERT_OK(roots_->Reload(/*always=*/false));
  EXPECT_EQ(CauseOf(AuthenticateBy(leaf).status()), cause::kBadCertificate);
}

// --- Rules
// ----------------------------------------------------------------------------------------

TEST(CertificateRule, RefusesWhatCannotBe) {
  const auto make = [](CertificateNameKind kind, const std::string& pattern,
                       const std::string& name) {
    return CertificateRule::Create(kind, pattern, model::SubjectKind::kHost, name, {}, {}).status();
  };
  EXPECT_THAT(Message(make(CertificateNameKind::kSpiffe, "spiffe://${domain}/x", "x")),
              HasSubstr("trust domain"));
  EXPECT_THAT(Message(make(CertificateNameKind::kSpiffe, "https://example.org/${n}", "${n}")),
              HasSubstr("expected spiffe://"));
  EXPECT_THAT(Message(make(CertificateNameKind::kDns, "${n}.example.com", "${m}")),
              HasSubstr("${m}, which stands nowhere"));
  EXPECT_THAT(Message(make(CertificateNameKind::kUri, "x/${a}${b}", "${a}")), HasSubstr("touch"));
}

}  // namespace
}  // namespace mayfly::authn
