#include "ca/issuance/compose.h"

#include "base/file.h"
#include "gmock/gmock.h"
#include "tests/ca/issuance/issuance_world.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::issuance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ComposeTest : public ::testing::Test {
 protected:
  IssuanceWorld world_;
};

TEST_F(ComposeTest, DatesFromTheBackdateToTheEndOfTheLifetime) {
  ASSERT_OK_AND_ASSIGN(const ssh::CertificateBody body, Compose(world_.For(world_.UserTerms())));
  EXPECT_EQ(body.valid_after(), world_.clock.Now() - absl::Minutes(1));
  EXPECT_EQ(body.valid_before(), world_.clock.Now() + absl::Hours(8));
}

TEST_F(ComposeTest, CarriesTheTermsAndNothingElse) {
  model::Terms terms = world_.UserTerms();
  terms.force_command = "uptime";
  terms.source_addresses = {IpNetwork::Parse("10.0.0.0/8").value()};
  ASSERT_OK_AND_ASSIGN(const ssh::CertificateBody body, Compose(world_.For(terms)));
  EXPECT_EQ(body.key_id, "user:alice@people/3");
  EXPECT_EQ(body.serial.value, 7u);
  EXPECT_EQ(body.principals, terms.principals);
  EXPECT_THAT(body.critical_options.names(), ElementsAre("force-command", "source-address"));
  EXPECT_THAT(body.critical_options.Text("source-address"), IsOkAndHolds("10.0.0.0/8"));
  EXPECT_THAT(body.extensions.names(), ElementsAre("permit-port-forwarding", "permit-pty"));
  EXPECT_TRUE(body.reserved.empty());
}

TEST_F(ComposeTest, RefusesASourceThatRestrictsNothing) {
  model::Terms terms = world_.UserTerms();
  terms.source_addresses = {IpNetwork::Parse("0.0.0.0/0").value()};
  EXPECT_THAT(Compose(world_.For(terms)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ComposeTest, SshKeygenReadsWhatWasComposed) {
  ASSERT_OK_AND_ASSIGN(const ssh::CertificateBody body, Compose(world_.For(world_.UserTerms())));
  ASSERT_OK_AND_ASSIGN(const ssh::Certificate certificate,
                       ssh::SignCertificate(body, world_.ca_key.signer()));
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("compose"));
  const std::string path = JoinPath(folder.path(), "id-cert.pub");
  ASSERT_OK(WriteFileAtomically(path, certificate.Line("alice") + "\n", 0644));
  const ProcessResult shown = mayfly::Run({"ssh-keygen", "-L", "-f", path});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("Key ID: \"user:alice@people/3\""));
  EXPECT_THAT(shown.out, HasSubstr("Serial: 7"));
  EXPECT_THAT(shown.out, HasSubstr("permit-pty"));
}

}  // namespace
}  // namespace mayfly::issuance
