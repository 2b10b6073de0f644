#include "ca/authn/aws_document.h"

#include "base/file.h"
#include "ca/authn/signed_content.h"
#include "tests/ca/authn/cloud_fixture.h"

namespace mayfly::authn {
namespace {

// As AWS writes it, member for member.
class AwsTest : public CloudTest {
 protected:
  std::unique_ptr<Authenticator> Make() override {
    AwsVerifier::Options options;
    options.certificates = source_ ? source_ : SourceOf(region_);
    options.accounts = {"123456789012"};
    options.regions = {"eu-west-1"};
    options.max_age = absl::Minutes(30);
    return std::make_unique<CloudAuthenticator>(
        CloudAuthenticator::Options{"aws", "hosts", model::Proof::kAws, Names(names_)},
        std::make_unique<AwsVerifier>(std::move(options)));
  }
  std::string Document() const {
    return fmt::format(
        R"({{
  "accountId" : "123456789012",
  "architecture" : "x86_64",
  "availabilityZone" : "eu-west-1a",
  "billingProducts" : null,
  "devpayProductCodes" : null,
  "marketplaceProductCodes" : null,
  "imageId" : "ami-5fb8c835",
  "instanceId" : "i-1234567890abcdef0",
  "instanceType" : "t2.micro",
  "kernelId" : null,
  "pendingTime" : "{}",
  "privateIp" : "10.158.112.84",
  "ramdiskId" : null,
  "region" : "eu-west-1",
  "version" : "2017-09-30"
}})",
        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", clock_.Now() - absl::Minutes(2),
                         absl::UTCTimeZone()));
  }
  std::string SignedWith(const std::string& from, const std::string& to) const {
    return SignedBase64(region_, Replaced(Document(), from, to), {}, false);
  }
  std::string Signed() const { return SignedBase64(region_, Document(), {}, false); }

  static CertificateSpec Spec() {
    CertificateSpec spec;
    spec.common_name = "ec2.amazonaws.com";
    spec.purpose = "";
    return spec;
  }
  const TestCertificate region_ = MakeCertificate(Spec(), nullptr, RsaKey(2048));
  std::vector<std::string> names_ = {"${instance}", "ip-${ip}.${region}.compute.internal"};
  CertificateSource source_;  // Instead of the region's certificate, when set.
};

TEST_F(AwsTest, ProvesAnInstanceAndItsLabels) {
  ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate(Signed()));
  EXPECT_EQ(identity.subject.ToString(), "host:i-1234567890abcdef0@hosts");
  EXPECT_EQ(identity.issuer_subject, "aws/123456789012/eu-west-1/i-1234567890abcdef0");
  const model::Labels expected = {
      {"account", "123456789012"},   {"cloud", "aws"},
      {"image", "ami-5fb8c835"},     {"instance", "i-1234567890abcdef0"},
      {"instance_type", "t2.micro"}, {"region", "eu-west-1"},
      {"zone", "eu-west-1a"}};
  EXPECT_EQ(identity.labels, model::Fact<model::Labels>::Known(expected));
  EXPECT_EQ(identity.bearer_digest, "sha256:" + HexEncode(Sha256(AsBytes(Signed()))));
}

TEST_F(AwsTest, AnInstanceHasTheNamesOfTheConfiguration) {
  hostname_ = "ip-10-158-112-84.eu-west-1.compute.internal";
  ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate(Signed()));
  EXPECT_EQ(identity.subject.name, hostname_);
  for (const char* name : {"db1.example.com", "root", "-oProxyCommand=x", "\xd1\x96-1234"}) {
    hostname_ = name;
    ExpectRefused(Signed(), cause::kWrongName, "may be called i-1234567890abcdef0");
  }
  hostname_ = std::string(300, 'a');
  ExpectRefused(Signed(), cause::kWrongName, "may be called");
}

// What a signature does not cover (an algorithm's spelling) may change; what it says may not.
TEST_F(AwsTest, ADocumentEnrollsAndDoesNothingElse) {
  for (const char* method :
       {"/mayfly.v1.Sessions/Start", "/mayfly.v1.Certificates/IssueHost", ""}) {
    method_ = method;
    ExpectRefused(Signed(), cause::kWrongMethod, "every other call is made by the host's key");
  }
}

TEST_F(AwsTest, ADocumentThatWasChangedSaysNothingElse) {
  const std::string base64 = Signed();
  ASSERT_OK_AND_ASSIGN(const model::Identity original, Authenticate(base64));
  int refused = 0;
  for (size_t at = 0; at < base64.size(); at += 13) {
    std::string changed = base64;
    if (changed[at] == '\n' || changed[at] == '=') continue;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    absl::StatusOr<model::Identity> identity = Authenticate(changed);
    if (!identity.ok()) {
      EXPECT_THAT(identity, StatusIs(absl::StatusCode::kUnauthenticated)) << at;
      ++refused;
      continue;
    }
    identity->bearer_digest = original.bearer_digest;
    EXPECT_EQ(*identity, original) << at;
  }
  EXPECT_GT(refused, 50);
}

TEST_F(AwsTest, RefusesASignerThatWasNotPinned) {
  const TestCertificate other = MakeCertificate(Spec(), nullptr, RsaKey(2048));
  // Its certificate inside makes no difference.
  ExpectRefused(SignedBase64(other, Document()), cause::kBadSignature, "none of the configured");
}

// AWS renews a region's certificate now and then.
TEST_F(AwsTest, BelievesWhatTheFileHoldsNowAndTheLastGoodOneWhenItIsWrong) {
  const TemporaryDirectory folder = TemporaryDirectory::Create("aws").value();
  const std::string path = JoinPath(folder.path(), "aws.pem");
  EXPECT_THAT(CertificateFile::Open(path), StatusIs(absl::StatusCode::kNotFound));
  const TestCertificate other = MakeCertificate(Spec(), nullptr, RsaKey(2048));
  ASSERT_OK(WriteFileAtomically(path, other.Pem(), 0644));
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<CertificateFile> file, CertificateFile::Open(path));
  source_ = [&] { return file->Current(); };
  ExpectRefused(Signed(), cause::kBadSignature, "none of the configured");
  bool was_read = true;
  EXPECT_OK(file->Reload(/*always=*/false, &was_read));
  EXPECT_FALSE(was_read);
  ASSERT_OK(WriteFileAtomically(path, other.Pem() + region_.Pem(), 0644));
  EXPECT_OK(file->Reload(/*always=*/false, &was_read));
  EXPECT_TRUE(was_read);
  EXPECT_OK(Authenticate(Signed()));
  for (const char* wrong : {"", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    ASSERT_OK(WriteFileAtomically(path, wrong, 0644));
    EXPECT_THAT(Message(file->Reload(/*always=*/false, &was_read)), HasSubstr("aws.pem: "));
    EXPECT_TRUE(was_read);
    EXPECT_OK(Authenticate(Signed()));
  }
  // Nobody is told twice, and what was mended is noticed.
  EXPECT_FALSE(file->Reload(/*always=*/false, &was_read).ok());
  EXPECT_FALSE(was_read);
  ASSERT_OK(WriteFileAtomically(path, region_.Pem(), 0644));
  EXPECT_OK(file->Reload(/*always=*/false, &was_read));
  EXPECT_TRUE(was_read);
}

TEST_F(AwsTest, RefusesASignatureByAnotherKeyUnderAPinnedName) {
  const TestCertificate twin = MakeCertificate(Spec(), nullptr, RsaKey(2048));
  X509_set_serialNumber(twin.certificate.get(), X509_get_serialNumber(region_.certificate.get()));
  ExpectRefused(SignedBase64(twin, Document(), {}, false), cause::kBadSignature, "does not verify");
}

TEST_F(AwsTest, RefusesAnotherAccountAndAnotherRegion) {
  ExpectRefused(SignedWith("123456789012", "999999999999"), cause::kWrongAccount,
                "account 999999999999");
  ExpectRefused(SignedWith("\"region\" : \"eu-west-1\"", "\"region\" : \"us-east-1\""),
                cause::kWrongAccount, "in us-east-1");
}

TEST_F(AwsTest, RefusesAnInstanceThatWasStartedLongAgo) {
  const std::string document = Signed();
  clock_.Advance(absl::Minutes(29));
  ExpectRefused(document, cause::kTokenExpired, "too long ago");
  clock_.Advance(-absl::Hours(1));
  ExpectRefused(document, cause::kTokenExpired, "in the future");
}

TEST_F(AwsTest, RefusesDocumentsThatCannotBe) {
  ExpectRefused(SignedWith("i-1234567890abcdef0", "i-$(reboot)"), cause::kBadDocument,
                "instanceId");
  ExpectRefused(SignedWith("\"accountId\" : \"123456789012\"", "\"accountId\" : \"12\""),
                cause::kBadDocument, "accountId");
  ExpectRefused(SignedWith("\"version\"", "\"accountId\""), cause::kBadDocument, "twice");
  ExpectRefused(SignedWith("t2.micro",
                           "\xd0\xb0"
                           "2.micro"),
                cause::kBadDocument, "instanceType");
  ExpectRefused(SignedBase64(region_, "[]", {}, false), cause::kBadDocument, "not a JSON object");
}

TEST_F(AwsTest, RefusesWhatIsNoSignedDocument) {
  ExpectRefused("no base64!", cause::kBadDocument, "PKCS#7");
  ExpectRefused("AAAA", cause::kBadDocument, "not PKCS#7 in DER");
  ExpectRefused(std::string(20000, 'A'), cause::kBadDocument, "at most");
  ExpectRefused(SignedBase64(region_, Document(), {}, false, EVP_sha1()), cause::kBadDocument,
                "SHA-256 or better");
}

}  // namespace
}  // namespace mayfly::authn
