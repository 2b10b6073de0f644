#include "ca/authn/cloud_authenticator.h"

#include "base/file.h"
#include "ca/authn/aws_document.h"
#include "ca/authn/azure_document.h"
#include "ca/authn/azure_identity.h"
#include "ca/authn/certificate_file.h"
#include "ca/authn/gcp_token.h"
#include "ca/authn/json_object.h"
#include "ca/authn/refusal.h"
#include "ca/authn/signed_content.h"
#include "ca/model/host_keys.h"
#include "fmt/format.h"
#include "tests/ca/authn/test_certificates.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/token_maker.h"

namespace mayfly::authn {
namespace {

using ::testing::HasSubstr;

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// A cloud's authenticator and one document that it takes.
class CloudTest : public ::testing::Test {
 protected:
  virtual std::unique_ptr<Authenticator> Make() = 0;

  absl::StatusOr<model::Identity> Authenticate(const std::string& bearer) {
    CallHeader header;
    header.method = method_;
    header.bearer = ToBytes(std::string_view(bearer));
    header.hostname = hostname_;
    header.host_keys = host_keys_;
    const AuthenticationContext context{header, {}, std::nullopt, clock_.Now()};
    return Make()->Authenticate(nullptr, context);
  }
  void ExpectRefused(const std::string& bearer, std::string_view cause, const std::string& why) {
    const absl::StatusOr<model::Identity> identity = Authenticate(bearer);
    EXPECT_EQ(CauseOf(identity.status()), cause) << identity.status();
    EXPECT_THAT(Message(identity.status()), HasSubstr(why));
  }
  static std::vector<NameTemplate> Names(const std::vector<std::string>& texts) {
    std::vector<NameTemplate> names;
    for (const std::string& text : texts) names.push_back(NameTemplate::Parse(text).value());
    return names;
  }
  static CertificateSource SourceOf(const TestCertificate& from) {
    auto certificates = std::make_shared<Certificates>();
    certificates->emplace_back(X509_dup(from.certificate.get()));
    return [certificates] { return certificates; };
  }

  FakeClock clock_;
  std::string method_ = "/mayfly.v1.Hosts/Enroll";
  std::string hostname_;
  Sha256Digest host_keys_ = Sha256(AsBytes(std::string_view("the host's keys")));
};

// --- AWS
// ------------------------------------------------------------------------------------------

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
  const auto signed_as = [&](const std::string& from, const std::string& to) {
    return SignedBase64(region_, Replaced(Document(), from, to), {}, false);
  };
  ExpectRefused(signed_as("123456789012", "999999999999"), cause::kWrongAccount,
                "account 999999999999");
  ExpectRefused(signed_as("\"region\" : \"eu-west-1\"", "\"region\" : \"us-east-1\""),
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
  const auto signed_with = [&](const std::string& from, const std::string& to) {
    return SignedBase64(region_, Replaced(Document(), from, to), {}, false);
  };
  ExpectRefused(signed_with("i-1234567890abcdef0", "i-$(reboot)"), cause::kBadDocument,
                "instanceId");
  ExpectRefused(signed_with("\"accountId\" : \"123456789012\"", "\"accountId\" : \"12\""),
                cause::kBadDocument, "accountId");
  ExpectRefused(signed_with("\"version\"", "\"accountId\""), cause::kBadDocument, "twice");
  ExpectRefused(signed_with("t2.micro",
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

// --- Azure
// ----------------------------------------------------------------------------------------

class AzureTest : public CloudTest {
 protected:
  std::unique_ptr<Authenticator> Make() override {
    AzureVerifier::Options options;
    options.roots = SourceOf(root_);
    options.subscriptions = {subscription_};
    return std::make_unique<CloudAuthenticator>(
        CloudAuthenticator::Options{"azure", "hosts", model::Proof::kAzure,
                                    Names({"${vm}", "${vm}.example.com"})},
        std::make_unique<AzureVerifier>(std::move(options)));
  }
  static std::string Time(absl::Time time) {
    return absl::FormatTime("%m/%d/%y %H:%M:%S -0000", time, absl::UTCTimeZone());
  }
  std::string Document() const {
    return fmt::format(
        R"({{"licenseType":"","nonce":"{}","plan":{{"name":"","product":"","publisher":""}},)"
        R"("sku":"22_04-lts","subscriptionId":"8d10da13-8125-4ba9-a717-bf7490507b3d",)"
        R"("timeStamp":{{"createdOn":"{}","expiresOn":"{}"}},)"
        R"("vmId":"02AAB8A4-74EF-476E-8182-F6D2BA4166A6"}})",
        model::AzureNonce(host_keys_), Time(clock_.Now() - absl::Seconds(5)),
        Time(clock_.Now() + absl::Hours(6)));
  }
  static std::string Answer(const std::string& base64) {
    std::string flat;
    for (const char c : base64) {
      if (c != '\n') flat += c;
    }
    return fmt::format(R"({{"encoding":"pkcs7","signature":"{}"}})", flat);
  }
  std::string Signed(const std::string& document) const {
    return Answer(SignedBase64(signer_, document, {&intermediate_}));
  }
  static CertificateSpec Spec(const std::string& name) {
    CertificateSpec spec;
    spec.common_name = name;
    spec.names = "DNS:" + name;
    spec.purpose = "serverAuth";
    return spec;
  }
  std::string subscription_ = "8d10da13-8125-4ba9-a717-bf7490507b3d";
  const TestCertificate root_ = MakeCa("root");
  const TestCertificate intermediate_ = MakeCa("intermediate", &root_);
  const TestCertificate signer_ =
      MakeCertificate(Spec("metadata.azure.com"), &intermediate_, RsaKey(2048));
};

TEST_F(AzureTest, ProvesAMachine) {
  ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate(Signed(Document())));
  EXPECT_EQ(identity.subject.ToString(), "host:02aab8a4-74ef-476e-8182-f6d2ba4166a6@hosts");
  EXPECT_EQ(identity.issuer_subject,
            "azure/8d10da13-8125-4ba9-a717-bf7490507b3d/02aab8a4-74ef-476e-8182-f6d2ba4166a6");
  EXPECT_EQ(identity.labels.value().at("account"), "8d10da13-8125-4ba9-a717-bf7490507b3d");
}

TEST_F(AzureTest, RefusesOtherHostKeys) {
  const std::string bearer = Signed(Document());
  host_keys_[0] ^= 1;
  ExpectRefused(bearer, cause::kBadDocument, "other host keys");
}

TEST_F(AzureTest, RefusesAnotherSubscription) {
  ExpectRefused(Signed(Replaced(Document(), "8d10da13", "ffffffff")), cause::kWrongAccount,
                "subscription ffffffff");
}

TEST_F(AzureTest, RefusesADocumentThatIsOld) {
  const std::string bearer = Signed(Document());
  clock_.Advance(absl::Minutes(11));
  ExpectRefused(bearer, cause::kTokenExpired, "at most 10m old");
}

TEST_F(AzureTest, RefusesASignerOfAnotherNameOrAnotherRoot) {
  const TestCertificate other =
      MakeCertificate(Spec("metadata.example.com"), &intermediate_, RsaKey(2048));
  ExpectRefused(Answer(SignedBase64(other, Document(), {&intermediate_})), cause::kBadSignature,
                "another name");
  const TestCertificate root = MakeCa("root");
  const TestCertificate forged = MakeCertificate(Spec("metadata.azure.com"), &root, RsaKey(2048));
  ExpectRefused(Answer(SignedBase64(forged, Document(), {&root})), cause::kBadSignature,
                "does not verify");
}

// Azure's own signers are below metadata.azure.com, by region.
TEST_F(AzureTest, TakesASignerBelowItsNameAndNoNeighbour) {
  const auto signed_by = [&](const CertificateSpec& spec) {
    const TestCertificate signer = MakeCertificate(spec, &intermediate_, RsaKey(2048));
    return Answer(SignedBase64(signer, Document(), {&intermediate_}));
  };
  for (const char* name : {"westeurope.metadata.azure.com", "a.b.metadata.azure.com",
                           "*.metadata.azure.com", "EastUS.Metadata.Azure.com"}) {
    EXPECT_OK(Authenticate(signed_by(Spec(name)))) << name;
  }
  for (const char* name :
       {"evilmetadata.azure.com", "metadata.azure.com.example.com", "azure.com", "*.azure.com",
        ".metadata.azure.com", "metadata.azure.us", "xmetadata.azure.com"}) {
    ExpectRefused(signed_by(Spec(name)), cause::kBadSignature, "another name");
  }
  // The common name of a certificate that has DNS names says nothing.
  CertificateSpec spec = Spec("metadata.azure.com");
  spec.names = "DNS:metadata.example.com";
  ExpectRefused(signed_by(spec), cause::kBadSignature, "another name");
}

TEST_F(AzureTest, SubscriptionsHaveOneMeaningInTwoSpellings) {
  subscription_ = "8D10DA13-8125-4BA9-A717-BF7490507B3D";
  const std::string in_capitals =
      Replaced(Document(), "8d10da13-8125-4ba9-a717-bf7490507b3d", subscription_);
  for (const std::string& document : {Document(), in_capitals}) {
    ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate(Signed(document)));
    EXPECT_EQ(identity.labels.value().at("account"), "8d10da13-8125-4ba9-a717-bf7490507b3d");
  }
}

TEST_F(AzureTest, RefusesAnswersThatCannotBe) {
  ExpectRefused("{}", cause::kBadDocument, "encoding");
  ExpectRefused(R"({"encoding":"pkcs7"})", cause::kBadDocument, "signature");
  ExpectRefused("<html>", cause::kBadDocument, "not a JSON object");
  ExpectRefused(Signed(Replaced(Document(), "02AAB8A4", "../../..")), cause::kBadDocument, "vmId");
}

// --- JSON
// -----------------------------------------------------------------------------------------

TEST(FlattenJson, GivesPathsToStringsAndWholeNumbers) {
  ASSERT_OK_AND_ASSIGN(const auto values,
                       FlattenJson(R"({"a":"x","b":{"c":7,"d":[1]},"e":null,"f":true,"g":1.5})"));
  const std::map<std::string, std::string> expected = {{"a", "x"}, {"b/c", "7"}};
  EXPECT_EQ(values, expected);
}

TEST(FlattenJson, RefusesWhatTwoReadersWouldReadDifferently) {
  for (const char* json :
       {R"({"a":1,"a":2})", R"({"x":{"a":1,"a":2}})", R"({"a/b":1})", "[]", "", R"({"a":1} x)",
        R"({"a":1)", R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}})"}) {
    EXPECT_THAT(FlattenJson(json), StatusIs(absl::StatusCode::kInvalidArgument)) << json;
  }
}

// --- GCP and managed identities of Azure: tokens
// -----------------------------------------------------------------------------------------

class FixedKeys final : public token::KeySource {
 public:
  explicit FixedKeys(const std::string& jwks)
      : keys_(std::make_shared<const token::KeySet>(token::KeySet::Parse(jwks).value())) {}
  absl::StatusOr<std::shared_ptr<const token::KeySet>> Current() const override { return keys_; }
  void Refresh() const override {}
  bool CanRefresh() const override { return false; }

 private:
  const std::shared_ptr<const token::KeySet> keys_;
};

class TokenCloudTest : public CloudTest {
 protected:
  std::string Signed(const std::string& claims) const {
    return MakeToken(key_, "RS256", "k1", claims);
  }
  int64_t Now() const { return absl::ToUnixSeconds(clock_.Now()); }

  const IssuerKey key_ = IssuerKey::Rsa();
  const FixedKeys keys_{JwkSet({key_.Jwk("k1")})};
};

// As Google writes it with format=full, member for member.
class GcpTest : public TokenCloudTest {
 protected:
  GcpTest() {
    options_.name = "gcp";
    options_.rules.issuer = "https://accounts.google.com";
    options_.rules.max_age = absl::Minutes(10);
    options_.projects = {"my-project"};
    options_.zones = {"us-central1-*"};
  }
  std::unique_ptr<Authenticator> Make() override {
    return std::make_unique<CloudAuthenticator>(
        CloudAuthenticator::Options{"gcp", "hosts", model::Proof::kGcp, Names(names_)},
        std::make_unique<GcpVerifier>(options_, keys_));
  }
  std::string Claims() const {
    return fmt::format(
        R"({{"aud":"{}","azp":"108756749506412345678","email":"boot@my-project.iam.gserviceaccount.com",)"
        R"("email_verified":true,"exp":{},"google":{{"compute_engine":{{)"
        R"("instance_creation_timestamp":1511214060,"instance_id":"152986662232938449",)"
        R"("instance_name":"example","project_id":"my-project","project_number":739419398126,)"
        R"("zone":"us-central1-f"}}}},"iat":{},"iss":"https://accounts.google.com",)"
        R"("sub":"108756749506412345678"}})",
        model::EnrolmentAudience("", host_keys_), Now() + 3600, Now());
  }

  GcpVerifier::Options options_;
  std::vector<std::string> names_ = {"${name}", "${name}.${zone}.c.${project}.internal"};
};

TEST_F(GcpTest, ProvesAnInstanceAndItsLabels) {
  ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate(Signed(Claims())));
  EXPECT_EQ(identity.subject.ToString(), "host:example@hosts");
  EXPECT_EQ(identity.issuer_subject, "gcp/my-project/us-central1-f/152986662232938449");
  const model::Labels expected = {{"account", "my-project"},
                                  {"cloud", "gcp"},
                                  {"instance", "152986662232938449"},
                                  {"region", "us-central1"},
                                  {"zone", "us-central1-f"}};
  EXPECT_EQ(identity.labels, model::Fact<model::Labels>::Known(expected));
  hostname_ = "example.us-central1-f.c.my-project.internal";
  EXPECT_OK(Authenticate(Signed(Claims())));
  hostname_ = "db1";
  ExpectRefused(Signed(Claims()), cause::kWrongName, "may be called example, example.us-central1");
}

TEST_F(GcpTest, IsGoodForItsHostKeysAndThisCaAlone) {
  const std::string token = Signed(Claims());
  EXPECT_OK(Authenticate(token));
  host_keys_ = Sha256(AsBytes(std::string_view("a thief's keys")));
  ExpectRefused(token, cause::kTokenElsewhere, "gcp: ");
  EXPECT_NE(model::EnrolmentAudience("SHA256:a", host_keys_),
            model::EnrolmentAudience("SHA256:b", host_keys_));
  // By python3: sha256(b"\0\0\0\1a" + b"\0\0\0\x20" + bytes(32)).
  EXPECT_EQ(model::EnrolmentAudience("a", Sha256Digest{}),
            "mayfly:host:5a08572afc46f5439c931b341c47c68f93cecd63da290fc876947fe6cc854381");
}

TEST_F(GcpTest, RefusesOtherProjectsZonesAndServiceAccounts) {
  ExpectRefused(Signed(Replaced(Claims(), "my-project\",\"project_n", "another\",\"project_n")),
                cause::kWrongAccount, "an instance of the project another");
  ExpectRefused(Signed(Replaced(Claims(), "us-central1-f", "europe-west1-b")), cause::kWrongAccount,
                "an instance in europe-west1-b");
  options_.service_accounts = {"boot@my-project.iam.gserviceaccount.com"};
  EXPECT_OK(Authenticate(Signed(Claims())));
  ExpectRefused(Signed(Replaced(Claims(), "boot@", "other@")), cause::kWrongAccount,
                "service account 'other@my-project");
  ExpectRefused(Signed(Replaced(Claims(), "verified\":true", "verified\":false")),
                cause::kWrongAccount, "service account");
}

TEST_F(GcpTest, RefusesWhatIsNotGooglesWordOnAnInstance) {
  const IssuerKey other = IssuerKey::Rsa();
  ExpectRefused(MakeToken(other, "RS256", "k1", Claims()), cause::kBadSignature, "gcp: ");
  ExpectRefused(MakeToken(key_, "RS256", "k2", Claims()), cause::kTokenKeyUnknown, "gcp: ");
  std::string tampered = Signed(Claims());
  tampered[tampered.find('.') + 20] ^= 1;
  EXPECT_NE(CauseOf(Authenticate(tampered).status()), "");
  // The standard format has no google.compute_engine: any service account can have such a token.
  ExpectRefused(Signed(Replaced(Claims(), "\"google\"", "\"goggle\"")), cause::kBadDocument,
                "format=full");
  ExpectRefused(Signed(Replaced(Claims(), "\"example\"", "\"-oProxyCommand=x\"")),
                cause::kBadDocument, "instance_name: '-oProxyCommand=x' cannot be");
  ExpectRefused(Signed(Replaced(Claims(), "\"example\"", "\"\xd0\xb5xample\"")),
                cause::kBadDocument, "cannot be");
  ExpectRefused(Signed(Replaced(Claims(), "\"152986662232938449\"", "\"1-2\"")),
                cause::kBadDocument, "instance_id");
  ExpectRefused("", cause::kMalformed, "gcp: ");
  clock_.Advance(absl::Minutes(12));
  ExpectRefused(Signed(Replaced(Claims(), fmt::format("\"iat\":{}", Now()),
                                fmt::format("\"iat\":{}", Now() - 720))),
                cause::kTokenExpired, "gcp: ");
}

// As Entra writes it for a system-assigned identity.
class AzureIdentityTest : public TokenCloudTest {
 protected:
  std::unique_ptr<Authenticator> Make() override {
    TokenChecker::Options checking;
    checking.name = "azure";
    checking.rules.issuer = std::string("https://sts.windows.net/") + kTenant + "/";
    checking.rules.audiences = {"api://mayfly"};
    AzureIdentityVerifier::Options options;
    options.tenant = tenant_;
    options.subscriptions = {subscription_};
    options.resource_groups = groups_;
    return std::make_unique<CloudAuthenticator>(
        CloudAuthenticator::Options{"azure", "hosts", model::Proof::kAzureIdentity,
                                    Names({"${name}"})},
        std::make_unique<AzureIdentityVerifier>(std::move(checking), std::move(options), keys_));
  }
  std::string Claims() const {
    return fmt::format(
        R"({{"aud":"api://mayfly","iss":"https://sts.windows.net/{}/","iat":{},"nbf":{},"exp":{},)"
        R"("appid":"0f2f4f2e-0000-0000-0000-000000000001","appidacr":"2","idtyp":"app",)"
        R"("oid":"9d2f4f2e-0000-0000-0000-000000000002","sub":"9d2f4f2e-0000-0000-0000-000000000002",)"
        R"("tid":"{}","ver":"1.0","xms_mirid":"/subscriptions/11111111-2222-3333-4444-555555555abc/)"
        R"(resourcegroups/Web/providers/Microsoft.Compute/virtualMachines/web1"}})",
        kTenant, Now(), Now(), Now() + 86400, kTenant);
  }

  static constexpr char kTenant[] = "72f988bf-86f1-41af-91ab-2d7cd011db47";
  std::string tenant_ = kTenant;
  std::string subscription_ = "11111111-2222-3333-4444-555555555abc";
  std::vector<std::string> groups_;
};

TEST_F(AzureIdentityTest, IdsHaveOneMeaningInTwoSpellings) {
  const std::string claims = Claims();
  const std::string in_capitals =
      Replaced(Replaced(claims, "\"tid\":\"72f988bf", "\"tid\":\"72F988BF"), "555abc", "555ABC");
  EXPECT_OK(Authenticate(Signed(in_capitals)));
  tenant_ = "72F988BF-86F1-41AF-91AB-2D7CD011DB47";
  subscription_ = "11111111-2222-3333-4444-555555555ABC";
  groups_ = {"WEB"};
  for (const std::string& spelled : {claims, in_capitals}) {
    ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate(Signed(spelled)));
    EXPECT_EQ(identity.labels.value().at("account"), "11111111-2222-3333-4444-555555555abc");
    EXPECT_EQ(identity.issuer_subject.substr(0, 51),
              "azure-identity/72f988bf-86f1-41af-91ab-2d7cd011db47");
  }
}

TEST_F(AzureIdentityTest, ProvesAMachineAndItsResourceGroup) {
  groups_ = {"web"};
  ASSERT_OK_AND_ASSIGN(const model::Identity identity, Authenticate(Signed(Claims())));
  EXPECT_EQ(identity.subject.ToString(), "host:web1@hosts");
  EXPECT_EQ(identity.issuer_subject,
            "azure-identity/72f988bf-86f1-41af-91ab-2d7cd011db47/"
            "9d2f4f2e-0000-0000-0000-000000000002");
  const model::Labels expected = {{"account", "11111111-2222-3333-4444-555555555abc"},
                                  {"cloud", "azure"},
                                  {"resource_group", "web"}};
  EXPECT_EQ(identity.labels, model::Fact<model::Labels>::Known(expected));
}

TEST_F(AzureIdentityTest, RefusesAnothersMachineAndWhatIsNone) {
  const std::string claims = Claims();
  ExpectRefused(Signed(Replaced(claims, "11111111", "99999999")), cause::kWrongAccount,
                "a machine of the subscription 99999999");
  ExpectRefused(Signed(Replaced(claims, "\"tid\":\"7", "\"tid\":\"8")), cause::kWrongAccount,
                "another tenant");
  ExpectRefused(Signed(Replaced(claims, "api://mayfly", "https://management.azure.com/")),
                cause::kTokenElsewhere, "azure: ");
  // An identity that several machines share.
  ExpectRefused(Signed(Replaced(claims, "Microsoft.Compute/virtualMachines",
                                "Microsoft.ManagedIdentity/userAssignedIdentities")),
                cause::kBadDocument, "is no virtual machine");
  ExpectRefused(Signed(Replaced(claims, "\"xms_mirid\"", "\"x\"")), cause::kBadDocument,
                "is no virtual machine");
  groups_ = {"db"};
  ExpectRefused(Signed(claims), cause::kWrongAccount, "a machine of the resource group 'web'");
}

// --- Keys
// -----------------------------------------------------------------------------------------

TEST(HostKeys, BindADocumentToThem) {
  const Bytes one = ToBytes(std::string_view("one"));
  const Bytes two = ToBytes(std::string_view("two"));
  EXPECT_EQ(model::HostKeysDigest({one, two}), model::HostKeysDigest({two, one}));
  EXPECT_NE(model::HostKeysDigest({one, two}), model::HostKeysDigest({one}));
  // By python3: sha256(b"\0\0\0\3one\0\0\0\3two"), first eight bytes, modulo 10^10.
  EXPECT_EQ(model::AzureNonce(model::HostKeysDigest({one, two})), "1917317969");
}

}  // namespace
}  // namespace mayfly::authn
