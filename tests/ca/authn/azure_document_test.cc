#include "ca/authn/azure_document.h"

#include "ca/authn/json_object.h"
#include "ca/authn/signed_content.h"
#include "ca/model/host_keys.h"
#include "tests/ca/authn/cloud_fixture.h"

namespace mayfly::authn {
namespace {

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
