// A login whose key and certificate are in ssh-agent alone, never in a file.
#include "fmt/format.h"
#include "tests/integration/sshd_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

using ::testing::IsEmpty;

class AgentLogin : public SshdWorld {
 protected:
  Login LogInFromAgent() {
    return LogInWithoutFiles(
        {.arguments = {fmt::format("-oIdentityAgent={}", process_.socket_path()),
                       "-oIdentityFile=none"}});
  }
  AgentProcess process_{Path("agent.sock")};
};

TEST_F(AgentLogin, WorksUntilTheCertificateIsRemoved) {
  Start();
  ssh::Agent agent = process_.Connect();
  EXPECT_TRUE(RefusedBecause(LogInFromAgent(), "Connection closed by authenticating user"));

  for (const ssh::KeyType type : SoftwareKeyTypes()) {
    SCOPED_TRACE(ssh::KeyTypeShortName(type));
    const ssh::PrivateKey& key = SharedKey(type, "subject");
    const ssh::Certificate certificate =
        Signed(BodyFor(ssh::CertificateKind::kUser, key, {OwnLoginName()}, user_ca()), user_ca());
    ASSERT_OK(
        agent.AddCertificate(key, certificate, "mayfly",
                             {.lifetime = absl::Minutes(5), .confirm = false, .destinations = {}}));
    EXPECT_TRUE(Accepted(LogInFromAgent()));

    ASSERT_OK(agent.Remove(certificate.Encode()));
    EXPECT_THAT(agent.List(), IsOkAndHolds(IsEmpty()));
    EXPECT_TRUE(RefusedBecause(LogInFromAgent(), "Connection closed by authenticating user"));
  }
}

// ssh offers no such certificate from a file, but whatever an agent holds.
TEST_F(AgentLogin, IsRefusedWithAHostsCertificate) {
  Start();
  ssh::CertificateBody body = UserBody();
  body.kind = ssh::CertificateKind::kHost;
  ASSERT_OK(process_.Connect().AddCertificate(
      subject(), Signed(body, user_ca()), "host",
      {.lifetime = absl::Minutes(5), .confirm = false, .destinations = {}}));
  EXPECT_TRUE(RefusedBecause(LogInFromAgent(), "Certificate invalid: not a user certificate"));
}

}  // namespace
}  // namespace mayfly
