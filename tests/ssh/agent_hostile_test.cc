// The agent's client against agents that lie, stop in mid-sentence or say nothing.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "base/file.h"
#include "ssh/agent.h"
#include "ssh/wire.h"
#include "tests/ssh/keygen_world.h"
#include "tests/ssh/raw_certificate.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::ssh {
namespace {

using ::absl::StatusCode;
using ::testing::HasSubstr;

enum class Afterwards { kClose, kHang };

// Answers the first bytes of one connection with `answer`, whatever was asked, and then closes or
// says nothing until its client goes.
class FakeAgent {
 public:
  FakeAgent(Bytes answer, Afterwards afterwards) : answer_(std::move(answer)) {
    unlink(path_.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    MAYFLY_CHECK(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    MAYFLY_CHECK(listen(listener_.get(), 1) == 0);
    thread_ = std::thread([this, afterwards] { Serve(afterwards); });
  }
  ~FakeAgent() { thread_.join(); }

  Agent Connected(absl::Duration timeout = absl::Seconds(60)) {
    absl::StatusOr<Agent> agent = Agent::Connect(path_, timeout);
    MAYFLY_CHECK(agent.ok());
    return *std::move(agent);
  }

 private:
  void Serve(Afterwards afterwards) {
    const FileDescriptor client(accept(listener_.get(), nullptr, nullptr));
    char buffer[4096];
    if (recv(client.get(), buffer, sizeof buffer, 0) <= 0) return;
    // In one-byte pieces at first, as a slow agent would.
    size_t sent = 0;
    while (sent < answer_.size()) {
      const size_t piece = sent < 16 ? 1 : answer_.size() - sent;
      const ssize_t n = send(client.get(), answer_.data() + sent, piece, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<size_t>(n);
    }
    if (afterwards == Afterwards::kClose) {
      shutdown(client.get(), SHUT_WR);
    }
    while (recv(client.get(), buffer, sizeof buffer, 0) > 0) {
    }
  }

  const Bytes answer_;
  const std::string path_ = TestPath("fake.sock");
  const FileDescriptor listener_{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::thread thread_;
};

Bytes Framed(const Bytes& message) { return Writer().String(message).Take(); }

constexpr uint8_t kIdentities = 12;

struct HostileCase {
  std::string name;
  Bytes answer;
  Afterwards afterwards = Afterwards::kHang;
  StatusCode code = StatusCode::kInvalidArgument;
  std::string error;
};

class HostileList : public testing::TestWithParam<HostileCase> {};
TEST_P(HostileList, IsAnError) {
  FakeAgent fake(GetParam().answer, GetParam().afterwards);
  EXPECT_THAT(fake.Connected().List(), StatusIs(GetParam().code, HasSubstr(GetParam().error)));
}
INSTANTIATE_TEST_SUITE_P(
    All, HostileList,
    testing::ValuesIn<HostileCase>({
        {.name = "HugeCount",
         .answer = Framed(Writer().Byte(kIdentities).Uint32(0xffffffff).Take()),
         .error = "4294967295 keys"},
        {.name = "CountBeyondTheContents",
         .answer = Framed(Writer().Byte(kIdentities).Uint32(2048).String("k").String("c").Take()),
         .error = "key 2 of 2048"},
        {.name = "CountBelowTheContents",
         .answer = Framed(Writer().Byte(kIdentities).Uint32(0).String("k").String("c").Take()),
         .error = "too many at the end"},
        {.name = "HugeBlobLength",
         .answer = Framed(Writer().Byte(kIdentities).Uint32(1).Uint32(0xfffffff0).Take()),
         .error = "key 1 of 1"},
        {.name = "NoCount", .answer = Framed({kIdentities}), .error = "number of keys"},
        {.name = "AnotherType", .answer = Framed({99}), .error = "message 99"},
        {.name = "SuccessOnly", .answer = Framed({6}), .error = "message 6"},
        {.name = "Failure",
         .answer = Framed({5}),
         .code = StatusCode::kFailedPrecondition,
         .error = "refused"},
        {.name = "ZeroLength", .answer = {0, 0, 0, 0}, .error = "0 bytes"},
        {.name = "Oversized", .answer = {0, 4, 0, 1}, .error = "262145 bytes"},
        {.name = "HugeLength", .answer = {0xff, 0xff, 0xff, 0xff}, .error = "4294967295 bytes"},
        {.name = "ClosedAtOnce",
         .answer = {},
         .afterwards = Afterwards::kClose,
         .code = StatusCode::kUnavailable,
         .error = "closed"},
        {.name = "ClosedInTheLength",
         .answer = {0, 0},
         .afterwards = Afterwards::kClose,
         .code = StatusCode::kUnavailable,
         .error = "closed"},
        {.name = "ClosedInTheMessage",
         .answer = {0, 4, 0, 0, kIdentities, 0},
         .afterwards = Afterwards::kClose,
         .code = StatusCode::kUnavailable,
         .error = "closed"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(HostileAgent, MaySendAsMuchAsAnAgentMay) {
  Writer message;
  message.Byte(kIdentities).Uint32(1);
  message.String(Bytes(kMaxAgentMessage - 1 - 4 - 4 - 4)).String("");
  ASSERT_EQ(message.bytes().size(), kMaxAgentMessage);
  FakeAgent fake(Framed(message.bytes()), Afterwards::kHang);
  EXPECT_THAT(fake.Connected().List(), IsOkAndHolds(testing::SizeIs(1)));
}

TEST(HostileAgent, ThatSaysNothingIsLeftAfterTheTimeout) {
  for (const Bytes& start : {Bytes{}, Bytes{0, 0}, Bytes{0, 0, 1, 0, kIdentities}}) {
    FakeAgent fake(start, Afterwards::kHang);
    Agent agent = fake.Connected(absl::Milliseconds(30));
    EXPECT_THAT(agent.List(), StatusIs(StatusCode::kDeadlineExceeded));
    // Its late answer must not be taken for the answer to the next call.
    EXPECT_THAT(agent.List(), StatusIs(StatusCode::kUnavailable, HasSubstr("has ended")));
  }
}

TEST(HostileAgent, ThatReadsNothingIsLeftAfterTheTimeout) {
  const std::string path = TestPath("deaf.sock");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);  // And never accepts.
  ASSERT_OK_AND_ASSIGN(Agent agent, Agent::Connect(path, absl::Milliseconds(30)));
  EXPECT_THAT(agent.Sign(Ed25519Key("a").public_key(), Bytes(kMaxAgentMessage - 1000)),
              StatusIs(StatusCode::kDeadlineExceeded));
}

TEST(HostileAgent, ThatSignsRsaWithSha1IsRefused) {
  const PublicKey rsa = KeygenPublicKey(KeyType::kRsa, "subject");
  for (const std::string algorithm : {"ssh-rsa", "rsa-sha2-256", "ssh-ed25519", ""}) {
    const Bytes signature =
        Writer().String(algorithm).String(Bytes(algorithm == "ssh-ed25519" ? 64 : 256)).Take();
    FakeAgent fake(Framed(Writer().Byte(14).String(signature).Take()), Afterwards::kHang);
    EXPECT_FALSE(fake.Connected().Sign(rsa, {}).ok()) << algorithm;
  }
}

class HostileSignature : public testing::TestWithParam<HostileCase> {};
TEST_P(HostileSignature, IsAnError) {
  FakeAgent fake(GetParam().answer, GetParam().afterwards);
  EXPECT_THAT(fake.Connected().Sign(Ed25519Key("a").public_key(), {}),
              StatusIs(GetParam().code, HasSubstr(GetParam().error)));
}
std::vector<HostileCase> HostileSignatures() {
  const Bytes good = Writer().String("ssh-ed25519").String(Bytes(64)).Take();
  const Bytes wrong = Writer().String("rsa-sha2-512").String(Bytes(64)).Take();
  const auto answer = [](const Bytes& signature) {
    return Writer().Byte(14).String(signature).Take();
  };
  return {
      {.name = "Empty", .answer = Framed({14}), .error = "signature of ssh-agent"},
      {.name = "EmptySignature", .answer = Framed(answer({})), .error = "signature of ssh-agent"},
      {.name = "Trailing",
       .answer = Framed(Writer().Raw(answer(good)).Byte(0).Take()),
       .error = "too many"},
      {.name = "TrailingInside",
       .answer = Framed(answer(Writer().Raw(good).Byte(0).Take())),
       .error = "too many"},
      {.name = "AlgorithmOfAnotherKey",
       .answer = Framed(answer(wrong)),
       .code = StatusCode::kFailedPrecondition,
       .error = "'rsa-sha2-512' where ssh-ed25519"},
      {.name = "Identities", .answer = Framed({kIdentities, 0, 0, 0, 0}), .error = "message 12"},
  };
}
INSTANTIATE_TEST_SUITE_P(All, HostileSignature, testing::ValuesIn(HostileSignatures()),
                         [](const auto& row) { return row.param.name; });

TEST(HostileAgent, SuccessWithMoreBehindItIsRefused) {
  FakeAgent fake(Framed({6, 0}), Afterwards::kHang);
  EXPECT_THAT(fake.Connected().Remove(Bytes{1}),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("answer of ssh-agent")));
}

TEST(HostileAgent, ACertificateRefusedByAnAgentIsAFailedPrecondition) {
  FakeAgent fake(Framed({5}), Afterwards::kHang);
  absl::StatusOr<Certificate> certificate = Certificate::Parse(RawCertificate().Encode());
  ASSERT_OK(certificate);
  EXPECT_THAT(fake.Connected().AddCertificate(
                  Ed25519Key("subject"), *certificate, "",
                  {.lifetime = absl::Hours(1), .confirm = false, .destinations = {}}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("takes no certificates")));
}

TEST(IdentitiesAnswer, EveryTruncationIsRefused) {
  const Bytes whole = Writer().Uint32(2).String("a").String("b").String("").String("c").Take();
  EXPECT_THAT(ParseIdentitiesAnswer(whole), IsOkAndHolds(testing::SizeIs(2)));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(ParseIdentitiesAnswer(BytesView(whole).first(size)),
                StatusIs(StatusCode::kInvalidArgument))
        << size;
  }
}

}  // namespace
}  // namespace mayfly::ssh
