// What a certificate lets its holder do once in: force-command, and each extension, there or not.
#include <unistd.h>

#include "fmt/format.h"
#include "tests/integration/sshd_world.h"
#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class Restrictions : public SshdWorld {
 protected:
  // Logs in with a certificate that has these extensions alone.
  Login LogInWith(const std::vector<std::string>& extensions, const LoginOptions& options) {
    ssh::CertificateBody body = UserBody();
    for (const std::string& extension : extensions) {
      EXPECT_OK(body.extensions.AddFlag(extension));
    }
    return LogIn(body, options);
  }
  // Every extension that sshd knows, but `missing`: none of them may stand in for it.
  static std::vector<std::string> AllBut(std::string_view missing) {
    std::vector<std::string> extensions;
    for (const std::string& name : ssh::KnownExtensions()) {
      if (name != missing) extensions.push_back(name);
    }
    return extensions;
  }
};

TEST_F(Restrictions, ForceCommandRunsInsteadOfWhatIsAsked) {
  Start();
  ssh::CertificateBody body = UserBody();
  ASSERT_OK(body.critical_options.AddText(ssh::kForceCommand,
                                          "echo \"forced, not $SSH_ORIGINAL_COMMAND\""));
  const Login login = LogIn(body, {.command = "echo asked"});
  EXPECT_EQ(login.result.exit_code, 0) << login.result.err;
  EXPECT_EQ(login.result.out, "forced, not echo asked\n");
}

TEST_F(Restrictions, PermitPtyGivesATerminal) {
  Start();
  const LoginOptions asks{.command = "tty", .arguments = {"-tt"}};
  const Login with = LogInWith({"permit-pty"}, asks);
  if (geteuid() == 0) {
    EXPECT_EQ(with.result.exit_code, 0) << with.result.err << with.log;
    EXPECT_THAT(with.result.out, StartsWith("/dev/"));
  } else {  // sshd allots a terminal, and then may not record who sits at it.
    EXPECT_THAT(with.log, HasSubstr("login records by non-root"));
    EXPECT_THAT(with.result.err, Not(HasSubstr("PTY allocation request failed")));
  }

  const Login without = LogInWith(AllBut("permit-pty"), asks);
  EXPECT_THAT(without.log, Not(HasSubstr("login records")));
  EXPECT_NE(without.result.exit_code, 0);
  EXPECT_THAT(without.result.out, Not(HasSubstr("/dev/")));
  EXPECT_THAT(without.result.err, HasSubstr("PTY allocation request failed"));
}

TEST_F(Restrictions, PermitPortForwardingForwards) {
  Start();
  // Forwarded to the server itself, which greets.
  const LoginOptions asks{.command = "", .arguments = {"-W", fmt::format("127.0.0.1:{}", port())}};
  const Login with = LogInWith({"permit-port-forwarding"}, asks);
  EXPECT_THAT(with.result.out, StartsWith("SSH-2.0-")) << with.result.err << with.log;

  const Login without = LogInWith(AllBut("permit-port-forwarding"), asks);
  EXPECT_THAT(without.result.out, IsEmpty());
  EXPECT_NE(without.result.exit_code, 0);
  EXPECT_THAT(without.result.err, HasSubstr("administratively prohibited"));
}

TEST_F(Restrictions, PermitAgentForwardingForwardsTheAgent) {
  Start();
  AgentProcess agent(Path("agent.sock"));
  ASSERT_OK(
      agent.Connect().AddKey(SharedKey("in-agent"), "travels",
                             {.lifetime = absl::Minutes(5), .confirm = false, .destinations = {}}));
  const LoginOptions asks{
      .command = "ssh-add -L; echo \"${SSH_AUTH_SOCK:-no agent}\"",
      .arguments = {"-A", fmt::format("-oIdentityAgent={}", agent.socket_path())}};
  const Login with = LogInWith({"permit-agent-forwarding"}, asks);
  EXPECT_THAT(with.result.out, StartsWith(SharedKey("in-agent").public_key().Line("travels")))
      << with.result.err << with.log;
  EXPECT_THAT(with.result.out, Not(HasSubstr("no agent")));

  const Login without = LogInWith(AllBut("permit-agent-forwarding"), asks);
  EXPECT_EQ(without.result.out, "no agent\n") << without.result.err;
}

TEST_F(Restrictions, PermitX11ForwardingGivesADisplay) {
  // In xauth's place, on both sides: the real one would write into somebody's home.
  Write("xauth", "#!/bin/sh\ntest \"$1\" != -q || cat > /dev/null\n", 0700);
  Configure("X11Forwarding yes");
  Configure(fmt::format("XAuthLocation {}", Path("xauth")));
  Start();
  const LoginOptions asks{.command = "echo \"${DISPLAY:-no display}\"",
                          .arguments = {"-Y", fmt::format("-oXAuthLocation={}", Path("xauth"))},
                          .environment = {{"DISPLAY", "127.0.0.1:0"}}};
  const Login with = LogInWith({"permit-X11-forwarding"}, asks);
  EXPECT_THAT(with.result.out, MatchesRegex("localhost:[0-9]+\\.0\n"))
      << with.result.err << with.log;

  const Login without = LogInWith(AllBut("permit-X11-forwarding"), asks);
  EXPECT_EQ(without.result.out, "no display\n") << without.result.err;
}

}  // namespace
}  // namespace mayfly
