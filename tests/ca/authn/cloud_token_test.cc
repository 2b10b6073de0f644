// Hosts by a token of their cloud: GCP, and managed identities of Azure.
#include "ca/authn/azure_identity.h"
#include "ca/authn/gcp_token.h"
#include "ca/model/host_keys.h"
#include "tests/ca/authn/cloud_fixture.h"
#include "tests/testing/token_maker.h"

namespace mayfly::authn {
namespace {

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

// web.prod in eu would be web in prod.eu.
TEST_F(AzureIdentityTest, RefusesNamesWithDots) {
  const std::string claims = Claims();
  for (const auto& [from, to] : {std::pair("virtualMachines/web1", "virtualMachines/db.prod"),
                                 std::pair("resourcegroups/Web", "resourcegroups/prod.eu")}) {
    ExpectRefused(Signed(Replaced(claims, from, to)), cause::kWrongName, "a dot in the name");
  }
}

}  // namespace
}  // namespace mayfly::authn
