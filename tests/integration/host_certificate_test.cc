// Hosts' certificates: how clients know a server by its CA alone, and how it gets a new one.
#include <csignal>

#include "base/status.h"
#include "fmt/format.h"
#include "tests/integration/sshd_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

using ::testing::HasSubstr;

class HostCertificate : public SshdWorld {
 protected:
  HostCertificate() {
    Configure(fmt::format("HostCertificate {}", Path("host-cert.pub")));
    TrustHostCaFor("*.demo.test");
  }
  ssh::CertificateBody HostBody() {
    return BodyFor(ssh::CertificateKind::kHost, SharedKey("host"), {host_name()}, host_ca());
  }
  void Install(const ssh::CertificateBody& body) {
    Write("host-cert.pub", Signed(body, host_ca()).Line() + "\n", 0644);
  }
  // The client knows nothing else: no key of any host.
  void TrustHostCaFor(std::string_view pattern) {
    Write("known_hosts",
          fmt::format("@cert-authority {} {}\n", pattern, host_ca().public_key().Line()));
  }
  // The certificate that the server shows to whoever connects.
  absl::StatusOr<ssh::Certificate> Served() {
    const ProcessResult scan = mayfly::Run(
        {"ssh-keyscan", "-c", "-t", "ed25519", "-p", fmt::format("{}", port()), "127.0.0.1"});
    // "[127.0.0.1]:port type base64"; lines with '#' are comments.
    const size_t start = scan.out.find("ssh-ed25519-cert-v01@openssh.com ");
    if (start == std::string::npos) {
      return NotFound(fmt::format("no certificate in: {}{}", scan.out, scan.err));
    }
    return ssh::Certificate::ParseLine(
        std::string_view(scan.out).substr(start, scan.out.find('\n', start) - start));
  }
};

TEST_F(HostCertificate, IsTrustedWithoutTrustOnFirstUse) {
  Install(HostBody());
  Start();
  EXPECT_TRUE(Accepted(LogIn(UserBody())));
}

TEST_F(HostCertificate, IsRefusedForAnotherName) {
  Install(HostBody());
  Start();
  const Login login = LogIn(UserBody(), {.arguments = {"-oHostKeyAlias=web2.demo.test"}});
  EXPECT_EQ(login.result.exit_code, 255);
  EXPECT_THAT(login.result.err, HasSubstr("name is not a listed principal"));
  EXPECT_THAT(login.result.err, HasSubstr("Host key verification failed"));
}

TEST_F(HostCertificate, IsRefusedWhereItsCaIsNotTrusted) {
  Install(HostBody());
  Start();
  TrustHostCaFor("*.production.test");
  const Login login = LogIn(UserBody());
  EXPECT_EQ(login.result.exit_code, 255);
  EXPECT_THAT(login.result.err, HasSubstr("Host key verification failed"));
}

TEST_F(HostCertificate, IsRefusedWhenItHasExpired) {
  ssh::CertificateBody body = HostBody();
  body.valid_after_unix_s -= 7200;
  body.valid_before_unix_s -= 7200;
  Install(body);
  Start();
  const Login login = LogIn(UserBody());
  EXPECT_EQ(login.result.exit_code, 255);
  EXPECT_THAT(login.result.err, HasSubstr("expired"));
}

TEST_F(HostCertificate, OfAUserIsRefused) {
  ssh::CertificateBody body = HostBody();
  body.kind = ssh::CertificateKind::kUser;
  Install(body);
  Start();
  const Login login = LogIn(UserBody());
  EXPECT_EQ(login.result.exit_code, 255);
  EXPECT_THAT(login.result.err, HasSubstr("not a host certificate"));
}

TEST_F(HostCertificate, IsServedAnewAfterSighup) {
  const ssh::CertificateBody first = HostBody();
  Install(first);
  Start();
  ASSERT_OK_AND_ASSIGN(const ssh::Certificate before, Served());
  EXPECT_EQ(before.body.serial, first.serial);

  const ssh::CertificateBody second = HostBody();
  ASSERT_NE(second.serial, first.serial);
  Install(second);

  // Some versions of sshd read the file at each connection; all do after SIGHUP.
  const size_t mark = sshd().Log().size();
  sshd().Signal(SIGHUP);
  ASSERT_TRUE(WaitForLogSince(mark, "Server listening on")) << sshd().Log();
  ASSERT_OK_AND_ASSIGN(const ssh::Certificate renewed, Served());
  EXPECT_EQ(renewed.body.serial, second.serial);
  EXPECT_TRUE(Accepted(LogIn(UserBody())));
}

}  // namespace
}  // namespace mayfly
