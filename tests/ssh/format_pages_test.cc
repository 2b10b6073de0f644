// The examples of docs/formats that are ssh's, decoded, and every page held against the tests.
#include <filesystem>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/agent.h"
#include "ssh/agent_constraints.h"
#include "ssh/agent_session_bind.h"
#include "ssh/certificate.h"
#include "ssh/private_key.h"
#include "ssh/sshsig.h"
#include "ssh/wire.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/format_page.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::mayfly::testing::FormatPage;
using ::testing::ElementsAre;

PrivateKey KeyOfSeed(uint8_t byte) {
  return PrivateKey::Ed25519FromSeed(SecretBytes::CopyOf(Bytes(32, byte))).value();
}

TEST(PublicKeyPage, ShowsAKey) {
  const FormatPage page("public-key");
  ASSERT_EQ(page.examples().size(), 1u);
  ASSERT_OK_AND_ASSIGN(const PublicKey key, PublicKey::ParseBlob(page.examples()[0]));
  EXPECT_EQ(key, KeyOfSeed(2).public_key());
  EXPECT_TRUE(page.Says(key.Line("alice@laptop")));
  EXPECT_TRUE(page.Says(key.Fingerprint().text));
  // Every type that is read stands in the table.
  for (const KeyType type : AllKeyTypes()) {
    const bool nist = type == KeyType::kEcdsaP384 || type == KeyType::kEcdsaP521;
    EXPECT_TRUE(nist || page.Says(KeyTypeName(type))) << KeyTypeName(type);
  }
}

TEST(CertificatePage, ShowsACertificate) {
  const FormatPage page("certificate");
  ASSERT_EQ(page.examples().size(), 1u);
  ASSERT_OK_AND_ASSIGN(const Certificate certificate, Certificate::Parse(page.examples()[0]));
  EXPECT_OK(certificate.VerifySignature());
  EXPECT_EQ(certificate.Encode(), page.examples()[0]);
  const CertificateBody& body = certificate.body;
  EXPECT_EQ(body.serial.value, 42u);
  EXPECT_EQ(body.key, KeyOfSeed(2).public_key());
  EXPECT_EQ(body.signature_key, KeyOfSeed(1).public_key());
  EXPECT_THAT(body.principals, ElementsAre("alice", "env=staging/deploy"));
  EXPECT_THAT(body.critical_options.names(), ElementsAre("source-address"));
  for (const std::string& said :
       {body.key_id, body.key.Fingerprint().text, body.signature_key.Fingerprint().text,
        std::string("256 principals")}) {
    EXPECT_TRUE(page.Says(said)) << said;
  }
}

TEST(SshsigPage, ShowsASignature) {
  const FormatPage page("sshsig");
  ASSERT_EQ(page.examples().size(), 1u);
  EXPECT_THAT(VerifySshsig(page.examples()[0], "file", AsBytes("Mayfly\n")),
              IsOkAndHolds(KeyOfSeed(2).public_key()));
  ASSERT_OK_AND_ASSIGN(const Sshsig sshsig, Sshsig::Parse(page.examples()[0]));
  EXPECT_EQ(sshsig.Encode(), page.examples()[0]);
}

TEST(PrivateKeyPage, ShowsAFile) {
  const FormatPage page("private-key");
  ASSERT_EQ(page.examples().size(), 1u);
  const std::string armored = "-----BEGIN OPENSSH PRIVATE KEY-----\n" +
                              Base64Encode(page.examples()[0]) +
                              "\n-----END OPENSSH PRIVATE KEY-----\n";
  std::string comment;
  ASSERT_OK_AND_ASSIGN(
      const PrivateKey key,
      PrivateKey::ParseFile(SecretBytes::CopyOf(AsBytes(armored)), nullptr, nullptr, &comment));
  EXPECT_TRUE(key.private_section() == KeyOfSeed(2).private_section());
  EXPECT_EQ(comment, "alice@laptop");
}

TEST(AgentPage, ShowsConstraintsASessionAndAList) {
  const FormatPage page("agent");
  ASSERT_EQ(page.examples().size(), 3u);
  AgentDestination web1;
  web1.to.host = "web1.example.com";
  web1.to.host_cas = {KeyOfSeed(1).public_key()};
  const AgentConstraints constraints{
      .lifetime = absl::Hours(8), .confirm = true, .destinations = {web1}};
  EXPECT_THAT(AgentConstraints::Parse(page.examples()[0]), IsOkAndHolds(constraints));
  EXPECT_EQ(constraints.Encode(), page.examples()[0]);

  ASSERT_OK_AND_ASSIGN(const SessionBind session, SessionBind::Parse(page.examples()[1]));
  EXPECT_OK(session.VerifySignature());
  EXPECT_EQ(session.host_key, KeyOfSeed(3).public_key());
  EXPECT_EQ(session.Encode(), page.examples()[1]);

  ASSERT_OK_AND_ASSIGN(const auto identities, ParseIdentitiesAnswer(page.examples()[2]));
  ASSERT_EQ(identities.size(), 1u);
  EXPECT_EQ(identities[0].comment, "alice@laptop");
}

// A page without a test that names it would drift unseen.
TEST(FormatPages, AreEachNamedByATest) {
  std::string tests;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(mayfly::testing::SourcePath("tests"))) {
    if (entry.path().extension() != ".cc") continue;
    ASSERT_OK_AND_ASSIGN(const std::string text, ReadFile(entry.path().string()));
    tests += text;
  }
  for (const auto& entry :
       std::filesystem::directory_iterator(mayfly::testing::SourcePath("docs/formats"))) {
    const std::string name = entry.path().stem().string();
    EXPECT_TRUE(tests.find("FormatPage page(\"" + name + "\")") != std::string::npos ||
                tests.find("docs/formats/" + name + ".md") != std::string::npos)
        << name;
  }
}

}  // namespace
}  // namespace mayfly::ssh
