// The agent's client against the real ssh-agent and ssh-add.
#include "ssh/agent.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/time/clock.h"
#include "base/file.h"
#include "fmt/format.h"
#include "ssh/wire.h"
#include "tests/ssh/keygen_world.h"
#include "tests/ssh/raw_certificate.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::absl::StatusCode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A certificate for `key` by a CA that nobody trusts.
Certificate CertificateFor(const PublicKey& key) {
  const PrivateKey ca = Ed25519Key("ca");
  CertificateBody body{.key = key, .nonce = Bytes(32, 1), .signature_key = ca.public_key()};
  body.key_id = "user:alice@people/1";
  body.principals = {"alice"};
  body.valid_after_unix_s = 1772442000;
  // Newer agents drop certificates that have expired.
  body.valid_before_unix_s = kForeverUnixSeconds;
  absl::StatusOr<Certificate> certificate = SignCertificate(body, ca.signer());
  MAYFLY_CHECK(certificate.ok());
  return *std::move(certificate);
}

class RealAgent : public testing::Test {
 protected:
  RealAgent() : agent_({"ssh-agent", "-D", "-a", socket_}, TestPath("agent.log")) {}
  ~RealAgent() override { unlink(socket_.c_str()); }

  // The agent listens a moment after it was started.
  Agent Connected() {
    const absl::Time deadline = absl::Now() + absl::Seconds(15);
    absl::StatusOr<Agent> agent = Agent::Connect(socket_);
    while (!agent.ok() && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(5));
      agent = Agent::Connect(socket_);
    }
    MAYFLY_CHECK(agent.ok());
    return *std::move(agent);
  }
  ProcessResult SshAdd(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::vector<std::string> argv = {"ssh-add"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return mayfly::Run(argv, {.input = input, .environment = {{"SSH_AUTH_SOCK", socket_}}});
  }

  const std::string socket_ = TestPath("agent.sock");
  BackgroundProcess agent_;
};

// Nothing but a lifetime.
AgentConstraints For(absl::Duration lifetime) {
  return {.lifetime = lifetime, .confirm = false, .destinations = {}};
}

class RealAgentWith : public RealAgent, public testing::WithParamInterface<KeyType> {};
INSTANTIATE_TEST_SUITE_P(EveryType, RealAgentWith, testing::ValuesIn(SoftwareKeyTypes()),
                         [](const auto& row) {
                           std::string name(KeyTypeShortName(row.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(RealAgentWith, HoldsACertificateThatSshAddListsAndUses) {
  const PrivateKey key = KeygenPrivateKey(GetParam(), "subject");
  const Certificate certificate = CertificateFor(key.public_key());
  Agent agent = Connected();
  ASSERT_OK(agent.AddCertificate(key, certificate, "alice's laptop", For(absl::Hours(1))));

  EXPECT_EQ(SshAdd({"-L"}).out, certificate.Line("alice's laptop") + "\n");
  ASSERT_OK_AND_ASSIGN(const std::vector<AgentIdentity> listed, agent.List());
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].blob, certificate.Encode());
  EXPECT_EQ(listed[0].comment, "alice's laptop");

  // -T signs with the agent's private part and verifies: it belongs to the certificate.
  const std::string path = TestPath("added-cert.pub");
  ASSERT_OK(WriteFileAtomically(path, certificate.Line() + "\n", 0644));
  const ProcessResult tested = SshAdd({"-T", path});
  EXPECT_EQ(tested.exit_code, 0) << tested.err;

  EXPECT_OK(agent.Remove(certificate.Encode()));
  EXPECT_THAT(agent.List(), IsOkAndHolds(IsEmpty()));
}

TEST_P(RealAgentWith, SignsWithAKeyThatWasAdded) {
  const PrivateKey key = KeygenPrivateKey(GetParam(), "subject");
  Agent agent = Connected();
  ASSERT_OK(agent.AddKey(key, "plain"));
  EXPECT_EQ(SshAdd({"-L"}).out, key.public_key().Line("plain") + "\n");
  const Bytes message = ToBytes("a message");
  ASSERT_OK_AND_ASSIGN(const Signature signature, agent.Sign(key.public_key(), message));
  EXPECT_OK(Verify(key.public_key(), message, signature));
  if (GetParam() == KeyType::kRsa) {
    EXPECT_EQ(signature.algorithm, "rsa-sha2-512");
  }
  EXPECT_OK(agent.Remove(key.public_key().blob()));
}

TEST_F(RealAgent, ServesAsTheKeyOfACa) {
  Agent agent = Connected();
  ASSERT_OK(agent.AddKey(Ed25519Key("ca"), "ca", For(absl::Hours(1))));
  const PublicKey ca = Ed25519Key("ca").public_key();
  const Certificate wanted = CertificateFor(Ed25519Key("subject").public_key());
  EXPECT_THAT(
      SignCertificate(wanted.body, [&](BytesView message) { return agent.Sign(ca, message); }),
      IsOkAndHolds(wanted));
}

TEST_F(RealAgent, ForgetsAKeyWhenItsLifetimeIsOver) {
  Agent agent = Connected();
  const PrivateKey key = Ed25519Key("subject");
  // Below a second, and in the past: both become one second, never for ever.
  ASSERT_OK(agent.AddKey(key, "short", For(absl::Milliseconds(1))));
  ASSERT_OK(
      agent.AddCertificate(key, CertificateFor(key.public_key()), "past", For(-absl::Hours(1))));
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  absl::StatusOr<std::vector<AgentIdentity>> listed = agent.List();
  while (listed.ok() && !listed->empty() && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(50));
    listed = agent.List();
  }
  EXPECT_THAT(listed, IsOkAndHolds(IsEmpty()));
}

TEST_F(RealAgent, TakesALifetimeBeyondItsCounter) {
  Agent agent = Connected();
  EXPECT_OK(agent.AddKey(Ed25519Key("a"), "infinite", For(absl::InfiniteDuration())));
  EXPECT_OK(agent.AddKey(Ed25519Key("b"), "centuries", For(absl::Hours(24 * 365 * 500))));
  EXPECT_THAT(agent.List(), IsOkAndHolds(SizeIs(2)));
}

TEST_F(RealAgent, DoesNotFindAKeyToRemove) {
  Agent agent = Connected();
  EXPECT_THAT(agent.Remove(Ed25519Key("absent").public_key().blob()),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(RealAgent, RefusesToSignWithAKeyItDoesNotHold) {
  Agent agent = Connected();
  const PublicKey absent = Ed25519Key("absent").public_key();
  EXPECT_THAT(agent.Sign(absent, {}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr(absent.Fingerprint().text)));
}

TEST_F(RealAgent, RefusesACertificateWithACommentOrKeyThatDoesNotFit) {
  Agent agent = Connected();
  const PrivateKey key = Ed25519Key("subject");
  const Certificate certificate = CertificateFor(key.public_key());
  EXPECT_THAT(agent.AddCertificate(Ed25519Key("other"), certificate, "", For(absl::Hours(1))),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("not for")));
  EXPECT_THAT(
      agent.AddCertificate(key, certificate, std::string_view("a\0b", 3), For(absl::Hours(1))),
      StatusIs(StatusCode::kInvalidArgument, HasSubstr("NUL")));
  EXPECT_THAT(agent.AddKey(key, std::string(kMaxAgentMessage, 'c')),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("too large")));
  // None of these was sent, and the connection still serves.
  EXPECT_THAT(agent.List(), IsOkAndHolds(IsEmpty()));
}

TEST_F(RealAgent, ThatIsGoneIsUnavailableAndRaisesNoSignal) {
  Agent agent = Connected();
  ASSERT_OK(agent.List());
  agent_.Stop();
  EXPECT_THAT(agent.List(), StatusIs(StatusCode::kUnavailable, HasSubstr("connect again")));
  EXPECT_THAT(agent.List(), StatusIs(StatusCode::kUnavailable, HasSubstr("connect again")));
}

TEST_F(RealAgent, IsFoundThroughTheEnvironment) {
  Connected();
  setenv("SSH_AUTH_SOCK", socket_.c_str(), 1);
  EXPECT_OK(Agent::ConnectFromEnvironment());
  unsetenv("SSH_AUTH_SOCK");
  EXPECT_THAT(Agent::ConnectFromEnvironment(),
              StatusIs(StatusCode::kNotFound, HasSubstr("ssh-agent")));
}

TEST(AgentConnect, SaysWhyThereIsNone) {
  EXPECT_THAT(Agent::Connect(""), StatusIs(StatusCode::kNotFound, HasSubstr("eval")));
  EXPECT_THAT(Agent::Connect(TestPath("nobody.sock")),
              StatusIs(StatusCode::kUnavailable, HasSubstr("nobody.sock")));
  ASSERT_OK(WriteFileAtomically(TestPath("a-file"), "", 0600));
  EXPECT_THAT(Agent::Connect(TestPath("a-file")), StatusIs(StatusCode::kUnavailable));
  EXPECT_THAT(Agent::Connect(std::string(200, 'x')), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(Agent::Connect(std::string("/tmp/a\0b", 8)), StatusIs(StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace mayfly::ssh
