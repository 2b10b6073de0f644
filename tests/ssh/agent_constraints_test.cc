// The constraints of a key in an agent, as bytes and before the real ssh-agent.
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ssh/agent.h"
#include "ssh/agent_diagnosis.h"
#include "ssh/wire.h"
#include "tests/ssh/hex.h"
#include "tests/ssh/keygen_world.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

PublicKey Key(std::string_view name) { return KeygenPublicKey(KeyType::kEd25519, name); }

AgentDestination To(const std::string& user, const std::string& host) {
  return {.from = {}, .to = {.user = user, .host = host, .host_keys = {}, .host_cas = {Key("ca")}}};
}

AgentConstraints Everything() {
  AgentDestination onward = To("deploy", "db1");
  onward.from = {.user = "", .host = "web1", .host_keys = {Key("host")}, .host_cas = {Key("ca")}};
  return {.lifetime = absl::Seconds(90),
          .confirm = true,
          .destinations = {To("", "web1"), std::move(onward)}};
}

TEST(AgentConstraints, AreReadBackAsTheyWereWritten) {
  for (const AgentConstraints& constraints :
       {AgentConstraints{}, Everything(),
        AgentConstraints{.lifetime = absl::Seconds(1), .confirm = false, .destinations = {}}}) {
    EXPECT_THAT(AgentConstraints::Parse(constraints.Encode()), IsOkAndHolds(constraints));
  }
}

TEST(AgentConstraints, CutAnywhereAreRefusedOrShorter) {
  const Bytes whole = Everything().Encode();
  for (size_t size = 0; size < whole.size(); ++size) {
    const absl::StatusOr<AgentConstraints> parsed =
        AgentConstraints::Parse(BytesView(whole).first(size));
    // Only the ends of the first two constraints are ends of a list.
    EXPECT_EQ(parsed.ok(), size == 0 || size == 5 || size == 6) << size;
  }
}

TEST(AgentConstraints, OutOfOrderRepeatedOrUnknownAreRefused) {
  for (const char* hex : {"0201000000 5a", "010000005a010000005a", "0202", "03", "0100000000",
                          "ff00000001 78", "010000"}) {
    std::string digits = hex;
    std::erase(digits, ' ');
    EXPECT_THAT(AgentConstraints::Parse(FromHex(digits)), StatusIs(kInvalid)) << hex;
  }
}

TEST(AgentConstraints, ThatOpenSshWouldRefuseAreRefusedFirst) {
  const auto check = [](const AgentDestination& destination) {
    return AgentConstraints{.lifetime = {}, .confirm = false, .destinations = {destination}}
        .Check();
  };
  EXPECT_OK(check(To("alice", "web1")));
  EXPECT_THAT(check(To("", "")), StatusIs(kInvalid));
  AgentDestination no_keys = To("", "web1");
  no_keys.to.host_cas.clear();
  EXPECT_THAT(check(no_keys), StatusIs(kInvalid, HasSubstr("go together")));
  AgentDestination user_from = To("", "web1");
  user_from.from = {.user = "x", .host = "jump", .host_keys = {}, .host_cas = {Key("ca")}};
  EXPECT_THAT(check(user_from), StatusIs(kInvalid, HasSubstr("user")));
  EXPECT_THAT(check(To(std::string(257, 'u'), "web1")), StatusIs(kInvalid, HasSubstr("256")));
  EXPECT_OK(check(To(std::string(256, 'u'), "web1")));
  EXPECT_THAT(check(To("", std::string("a\0b", 3))), StatusIs(kInvalid, HasSubstr("NUL")));
  AgentConstraints many;
  many.destinations.assign(kMaxAgentDestinations + 1, To("", "web1"));
  EXPECT_THAT(many.Check(), StatusIs(kInvalid, HasSubstr("1024")));
  EXPECT_THAT(AgentConstraints::Parse(many.Encode()), StatusIs(kInvalid, HasSubstr("1024")));
}

// The real agent, to which this test is what ssh is: it says which host a connection serves.
class DestinationAgent : public ::testing::Test {
 protected:
  DestinationAgent()
      : agent_({"ssh-agent", "-D", "-a", socket_}, TestPath("constraints-agent.log")) {
    // The socket is there a moment before the agent listens on it.
    while (!Agent::Connect(socket_).ok() && agent_.Running()) usleep(1000);
  }
  ~DestinationAgent() override { RemoveFile(socket_).IgnoreError(); }
  Agent Connected() { return Agent::Connect(socket_).value(); }

  // A certificate of the host key for `name`, and the message that binds a connection to it.
  static SessionBind Session(const std::string& name, bool forwarding) {
    const PrivateKey host = KeygenPrivateKey(KeyType::kEd25519, "host");
    const PrivateKey ca = KeygenPrivateKey(KeyType::kEd25519, "ca");
    const CertificateBody body{.key = host.public_key(),
                               .nonce = Bytes(32, 1),
                               .serial = {1},
                               .kind = CertificateKind::kHost,
                               .key_id = "host:web1@hosts/1",
                               .principals = {name},
                               .valid_after_unix_s = 0,
                               .valid_before_unix_s = 4102444800,
                               .critical_options = {},
                               .extensions = {},
                               .reserved = {},
                               .signature_key = ca.public_key()};
    const Bytes session_id = Bytes(32, forwarding ? 2 : 1);
    return {.host_key = host.public_key(),
            .certificate = SignCertificate(body, ca.signer()).value(),
            .session_id = session_id,
            .signature = host.Sign(session_id).value(),
            .is_forwarding = forwarding};
  }

  // What ssh has an agent sign for a login, without the public-key-hostbound form: refused for a
  // constrained key whatever the host. With it, it names the host key.
  static Bytes LoginRequest(const SessionBind& session, const std::string& user,
                            const PublicKey& key) {
    const Bytes host = session.certificate->Encode();
    return Writer()
        .String(BytesView(session.session_id))
        .Byte(50)
        .String(user)
        .String("ssh-connection")
        .String("publickey-hostbound-v00@openssh.com")
        .Boolean(true)
        .String(KeyTypeName(key.type()))
        .String(key.blob())
        .String(BytesView(host))
        .Take();
  }

  const std::string socket_ = TestPath("constraints.sock");
  BackgroundProcess agent_;
};

TEST_F(DestinationAgent, UsesAKeyForItsDestinationAlone) {
  const PrivateKey key = KeygenPrivateKey(KeyType::kEd25519, "subject");
  ASSERT_OK(Connected().AddKey(
      key, "k",
      {.lifetime = absl::Hours(1), .confirm = false, .destinations = {To("alice", "web1")}}));

  const SessionBind web1 = Session("web1", false);
  Agent there = Connected();
  ASSERT_OK(there.Bind(web1));
  EXPECT_THAT(there.List(), IsOkAndHolds(SizeIs(1)));
  EXPECT_OK(there.Sign(key.public_key(), LoginRequest(web1, "alice", key.public_key())));
  EXPECT_THAT(there.Sign(key.public_key(), LoginRequest(web1, "mallory", key.public_key())),
              StatusIs(kRefused));

  // Another host of the same CA.
  Agent elsewhere = Connected();
  ASSERT_OK(elsewhere.Bind(Session("db1", false)));
  EXPECT_THAT(elsewhere.List(), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(elsewhere.Sign(key.public_key(), LoginRequest(web1, "alice", key.public_key())),
              StatusIs(kRefused));

  // A connection that nobody bound.
  EXPECT_THAT(Connected().Sign(key.public_key(), LoginRequest(web1, "alice", key.public_key())),
              StatusIs(kRefused));
}

TEST_F(DestinationAgent, DoesNotBelieveASessionThatTheHostDidNotSign) {
  SessionBind forged = Session("web1", false);
  EXPECT_OK(forged.VerifySignature());
  forged.session_id[0] ^= 1;
  EXPECT_THAT(forged.VerifySignature(), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(Connected().Bind(forged), StatusIs(kRefused));
}

TEST_F(DestinationAgent, IsDiagnosedOnlyWhereItIsAtFault) {
  SystemRandom random;
  Agent agent = Connected();
  EXPECT_THAT(WhyRefused(agent, Everything(), random), HasSubstr("no certificates"));
  EXPECT_THAT(agent.List(), IsOkAndHolds(IsEmpty()));  // It left nothing behind.
  const std::string answer = TestPath("answer");
  ASSERT_OK(WriteFileAtomically(answer, "#!/bin/sh\necho x\n", 0700));
  ASSERT_EQ(
      mayfly::Run({"setsid", "ssh-add", "-x"}, {.input = {},
                                                .environment = {{"SSH_AUTH_SOCK", socket_},
                                                                {"SSH_ASKPASS", answer},
                                                                {"SSH_ASKPASS_REQUIRE", "force"},
                                                                {"DISPLAY", ":0"}}})
          .exit_code,
      0);
  EXPECT_THAT(WhyRefused(agent, {}, random), HasSubstr("locked"));
}

TEST(SessionBind, IsReadBackAndRefusedCutOrWithMore) {
  const PrivateKey host = KeygenPrivateKey(KeyType::kEd25519, "host");
  const SessionBind session{.host_key = host.public_key(),
                            .certificate = std::nullopt,
                            .session_id = Bytes(kMaxSessionId, 1),
                            .signature = host.Sign(Bytes(kMaxSessionId, 1)).value(),
                            .is_forwarding = true};
  const Bytes whole = session.Encode();
  EXPECT_THAT(SessionBind::Parse(whole), IsOkAndHolds(session));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(SessionBind::Parse(BytesView(whole).first(size)), StatusIs(kInvalid)) << size;
  }
  Bytes more = whole;
  more.push_back(0);
  EXPECT_THAT(SessionBind::Parse(more), StatusIs(kInvalid, HasSubstr("too many")));
  SessionBind long_id = session;
  long_id.session_id.push_back(1);
  EXPECT_THAT(SessionBind::Parse(long_id.Encode()), StatusIs(kInvalid, HasSubstr("129")));
}

}  // namespace
}  // namespace mayfly::ssh
