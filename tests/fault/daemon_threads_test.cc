// Every kind of call at once while everything is read again: what TSan is to look at, in the whole
// daemon and not in its parts alone.
#include <signal.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/load.h"
#include "tests/fault/mayflyd_world.h"
#include "tests/fault/rpc_table.h"
#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

constexpr char kNoLimits[] =
    "limits: {refusals_per_minute_per_source: 1000000, refusals_per_minute_per_subject: 1000000, "
    "calls_per_second_per_source: 1000000, calls_per_second_per_subject: 1000000}\n";

class DaemonThreads : public ::testing::Test {
 protected:
  void Run(const std::function<void(const std::shared_ptr<grpc::Channel>&)>& once,
           bool locally = false) {
    threads_.emplace_back([this, once, locally] {
      const auto channel = locally ? world_.ConnectLocally() : world_.Connect();
      while (!stopping_) once(channel);
    });
  }
  // Each RPC of the table, by `speaker`. What is for hosts arrives bent, as a stranger's call.
  void CallEveryRpc(const std::shared_ptr<grpc::Channel>& channel, const Speaker& speaker) {
    std::deque<ssh::PrivateKey> keys;
    const ssh::PrivateKey another = MayflydWorld::NewKey();
    const Known known{.alices_serial = 1,
                      .alices_request_id = "none",
                      .web2_key = &another,
                      .caller_key = speaker.key,
                      .fresh_key = [&] { return &keys.emplace_back(MayflydWorld::NewKey()); }};
    for (const Row& row : RpcTable()) {
      std::string request;
      if (!row.is_public) {
        Attempt attempt;
        row.fill(known, attempt);
        request = world_.Sign(row.method, attempt.document, speaker, attempt.possession)
                      .SerializeAsString();
      }
      const Answer answer = CallRaw(channel, row.method, request);
      EXPECT_NE(answer.code, grpc::StatusCode::INTERNAL) << row.method << ": " << answer;
      EXPECT_NE(answer.code, grpc::StatusCode::UNKNOWN) << row.method << ": " << answer;
      answered_ += answer.ok() ? 1 : 0;
    }
  }
  void StopAll() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  void TearDown() override { StopAll(); }

  // LeakSanitizer looks into the process, which the daemon forbids to all.
  MayflydWorld world_{
      {.configuration = kNoLimits, .environment = {{"ASAN_OPTIONS", "detect_leaks=0"}}}};
  std::atomic<bool> stopping_ = false;
  std::atomic<int> answered_ = 0, enrolled_ = 0;
  std::vector<std::thread> threads_;
};

TEST_F(DaemonThreads, AnswerEveryKindOfCallAtOnce) {
  const Speaker bob{v1::CREDENTIAL_KIND_SSH_KEY, &world_.bob};
  Run([&](const auto& channel) { CallEveryRpc(channel, bob); });
  Run(
      [&](const auto& channel) {
        CallEveryRpc(channel, {v1::CREDENTIAL_KIND_LOCAL, nullptr});
      },
      /*locally=*/true);
  Run([&](const auto& channel) {
    const ssh::PrivateKey session = MayflydWorld::NewKey();  // The table ends it.
    EXPECT_TRUE(world_.StartSession(channel, world_.alice, session).ok());
    CallEveryRpc(channel, {v1::CREDENTIAL_KIND_SESSION, &session});
  });
  Run([&](const auto& channel) {
    const ssh::PrivateKey token = MayflydWorld::NewKey(), host = MayflydWorld::NewKey();
    const Speaker alice{v1::CREDENTIAL_KIND_SSH_KEY, &world_.alice};
    EXPECT_TRUE(world_.MakeToken(channel, alice, token, "t*.example.com").ok());
    const std::string name = fmt::format("t{}.example.com", enrolled_.load());
    const Answer answer = world_.Enroll(channel, token, name, host);
    EXPECT_TRUE(answer.ok()) << answer;
    ++enrolled_;
  });
  Run([&](const auto&) { world_.IssueNow(); });  // A connection each.
  Load load(world_, 2);
  const std::vector<std::string> files = {world_.Path("ca/policies/20-people.yaml"),
                                          world_.Path("ca/users.yaml"), world_.Path("ca/tls.pem")};
  for (int i = 0; i < 50; ++i) {
    const std::string& file = files[static_cast<size_t>(i) % files.size()];
    ASSERT_OK_AND_ASSIGN(const std::string contents, ReadFile(file));
    ASSERT_OK(WriteFileAtomically(file, contents, 0600));
    world_.daemon().Signal(SIGHUP);
    absl::SleepFor(absl::Milliseconds(100));
  }
  load.Stop();
  StopAll();
  EXPECT_THAT(load.failures(), ::testing::IsEmpty());
  EXPECT_GT(load.issued(), 10);
  EXPECT_GT(answered_, 50);
  EXPECT_GT(enrolled_, 0);
  EXPECT_EQ(world_.Stop(), 0) << world_.Log();  // 66 when TSan has found something.
  EXPECT_THAT(world_.Log(), ::testing::Not(::testing::HasSubstr("WARNING: ThreadSanitizer")));
  ExpectRecorded(load.held(), world_.Recorded());
}

}  // namespace
}  // namespace mayfly
