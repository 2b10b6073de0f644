// What the machine does to the real daemon: full and broken disks, no descriptors. Nothing is given
// out without its record, errors are clear, and service resumes by itself.
#include <signal.h>
#include <sysexits.h>

#include <cerrno>
#include <functional>
#include <thread>

#include "absl/time/clock.h"
#include "base/status.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/load.h"
#include "tests/fault/mayflyd_world.h"

namespace mayfly {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kWritten = FAULT_WRITE | FAULT_SYNC;

// What is done again and again while the n-th system call of it fails.
struct Deed {
  std::string name;
  std::function<Answer(const std::shared_ptr<grpc::Channel>&)> run;
};

class SystemCalls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = std::make_unique<MayflydWorld>(
        MayflydWorld::Options{.configuration = kManyCalls, .faults = true});
  }
  static void TearDownTestSuite() { world_.reset(); }

  static Speaker Alice() { return {v1::CREDENTIAL_KIND_SSH_KEY, &world_->alice}; }
  static void Keep(const Answer& answer, const std::string& blob) {
    if (!answer.ok()) return;
    const absl::StatusOr<ssh::Certificate> certificate = ssh::Certificate::Parse(AsBytes(blob));
    ASSERT_TRUE(certificate.ok()) << certificate.status();
    held_.push_back(*certificate);
  }
  static std::vector<Deed> Deeds() {
    return {
        {"issue",
         [](const auto& channel) {
           const Answer answer = world_->IssueUser(channel, Alice(), MayflydWorld::NewKey());
           Keep(answer, answer.As<v1::IssueUserResponse>().certificate().certificate());
           return answer;
         }},
        {"log in",
         [](const auto& channel) {
           return world_->StartSession(channel, world_->alice, MayflydWorld::NewKey());
         }},
        {"enrol",
         [](const auto& channel) {
           static int hosts = 0;
           const ssh::PrivateKey token = MayflydWorld::NewKey();
           const std::string name = fmt::format("web{}.example.com", ++hosts);
           const Answer made = world_->MakeToken(channel, Alice(), token, name);
           if (!made.ok()) return made;
           const Answer answer = world_->Enroll(channel, token, name, MayflydWorld::NewKey());
           const auto response = answer.As<v1::EnrollHostResponse>();
           for (const v1::IssuedCertificate& one : response.certificates()) {
             Keep(answer, one.certificate());
           }
           return answer;
         }},
    };
  }

  static std::unique_ptr<MayflydWorld> world_;
  static std::vector<ssh::Certificate> held_;
};
std::unique_ptr<MayflydWorld> SystemCalls::world_;
std::vector<ssh::Certificate> SystemCalls::held_;

TEST_F(SystemCalls, TheNthFailsForEveryNUntilNoneDoes) {
  const auto channel = world_->channel();
  for (const auto& [error, name] :
       std::vector<std::pair<int, std::string>>{{ENOSPC, "ENOSPC"}, {EIO, "EIO"}}) {
    for (const Deed& deed : Deeds()) {
      for (int n = 1;; ++n) {
        ASSERT_LT(n, 200) << deed.name;
        world_->Arm(kWritten, error, n, /*sticky=*/false);
        const Answer answer = deed.run(channel);
        const bool struck = world_->faults().struck > 0;
        world_->Disarm();
        if (!answer.ok()) {
          EXPECT_EQ(CodeName(answer.code), "UNAVAILABLE")
              << deed.name << ", " << name << " at call " << n << ": " << answer;
          EXPECT_THAT(answer.message, HasSubstr("cannot record")) << answer;
          EXPECT_EQ(answer.body, "");
        }
        // Nothing is left behind: the next one goes through.
        const Answer next = world_->IssueUser(channel, Alice(), MayflydWorld::NewKey());
        EXPECT_TRUE(next.ok()) << deed.name << ", after " << name << " at call " << n << ": "
                               << next;
        if (!struck) break;
      }
    }
  }
  EXPECT_FALSE(held_.empty());
  ExpectRecorded(held_, world_->Recorded());
}

TEST_F(SystemCalls, ADiskThatStaysBrokenStopsEverythingThatWrites) {
  const auto channel = world_->channel();
  for (const int error : {ENOSPC, EIO, EROFS, EDQUOT}) {
    world_->Arm(kWritten | FAULT_OPEN, error, 1, /*sticky=*/true);
    for (int i = 0; i < 3; ++i) {
      for (const Deed& deed : Deeds()) {
        const Answer answer = deed.run(channel);
        EXPECT_EQ(CodeName(answer.code), "UNAVAILABLE") << deed.name << ", errno " << error;
        EXPECT_THAT(answer.message, HasSubstr("cannot record"));
        EXPECT_EQ(answer.body, "");
      }
    }
    world_->Disarm();
    EXPECT_TRUE(world_->IssueUser(channel, Alice(), MayflydWorld::NewKey()).ok())
        << "errno " << error;
  }
  ExpectRecorded(held_, world_->Recorded());
  EXPECT_TRUE(world_->daemon().Running());
}

TEST_F(SystemCalls, FailUnderLoadAndNothingIsLost) {
  Load load(*world_, 4);
  for (int i = 0; i < 30; ++i) {
    world_->Arm(kWritten, i % 2 == 0 ? ENOSPC : EIO, 1 + i * 3, /*sticky=*/i % 3 == 0);
    absl::SleepFor(absl::Milliseconds(10));
    world_->Disarm();
    absl::SleepFor(absl::Milliseconds(10));
  }
  load.Stop();
  EXPECT_GT(load.issued(), 0);
  for (const auto& [code, count] : load.failures()) EXPECT_EQ(code, "UNAVAILABLE") << count;
  ExpectRecorded(load.held(), world_->Recorded());
  EXPECT_TRUE(world_->IssueNow().ok());
}

TEST_F(SystemCalls, AcceptOutOfDescriptorsGoesOnAfterwards) {
  world_->Arm(FAULT_ACCEPT, EMFILE, 1, /*sticky=*/true);
  const auto channel = world_->Connect();
  std::thread later([] {
    absl::SleepFor(absl::Milliseconds(300));
    world_->Disarm();
  });
  EXPECT_TRUE(world_->IssueUser(channel, Alice(), MayflydWorld::NewKey()).ok());
  later.join();
  const int64_t struck = world_->faults().struck;
  EXPECT_GT(struck, 0);
}

TEST_F(SystemCalls, HealthSaysWhenTheLedgersLogGrowsAndIssuanceGoesOn) {
  const absl::Time limit = absl::Now() + absl::Seconds(60);
  v1::GetHealthResponse health = world_->Health();
  while (!health.healthy() && absl::Now() < limit) {  // After the faults of other tests.
    absl::SleepFor(absl::Milliseconds(50));
    health = world_->Health();
  }
  ASSERT_TRUE(health.healthy()) << health.ShortDebugString();
  Load load(*world_, 4);
  world_->Arm(FAULT_DATABASE_WRITE, EIO, 1, /*sticky=*/true);
  while (health.healthy() && absl::Now() < limit) {
    absl::SleepFor(absl::Milliseconds(50));
    health = world_->Health();
  }
  ASSERT_EQ(health.problems_size(), 1) << health.ShortDebugString();
  EXPECT_EQ(health.problems(0).component(), "store");
  EXPECT_THAT(health.problems(0).detail(), HasSubstr("ledger.db-wal, which grows"));
  EXPECT_THAT(health.problems(0).detail(), HasSubstr("Input/output error"));
  const int64_t struck = world_->faults().struck;
  EXPECT_GT(struck, 0);
  EXPECT_TRUE(world_->IssueNow().ok());
  load.Stop();
  EXPECT_THAT(load.failures(), ::testing::IsEmpty());
  world_->Disarm();
  while (!health.healthy() && absl::Now() < limit) {
    absl::SleepFor(absl::Milliseconds(50));
    health = world_->Health();
  }
  EXPECT_TRUE(health.healthy()) << health.ShortDebugString();
  EXPECT_THAT(world_->Log(), HasSubstr("unhealthy component=store"));
  EXPECT_THAT(world_->Log(), HasSubstr("healthy again component=store"));
  ExpectRecorded(load.held(), world_->Recorded());
}

// It would read old pages, and begin the log anew, which still has them.
TEST_F(SystemCalls, EndsWhenTheLedgerCannotBeWrittenBackAndTheNextServes) {
  const absl::Time limit = absl::Now() + absl::Seconds(60);
  Load load(*world_, 4);
  // What earlier tests wrote may be due, and would end it before the first is issued.
  while (load.issued() == 0 && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(1));
  ASSERT_GT(load.issued(), 0);
  world_->Arm(FAULT_DATABASE_SYNC, EIO, 1, /*sticky=*/true);
  while (world_->daemon().Running() && absl::Now() < limit) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  load.Stop();
  world_->Disarm();
  EXPECT_EQ(world_->Stop(), EX_IOERR);
  EXPECT_THAT(world_->Log(), HasSubstr("could not write"));
  EXPECT_THAT(world_->Log(), HasSubstr("(Input/output error)"));
  ASSERT_TRUE(world_->Start());
  ExpectRecorded(load.held(), world_->Recorded());
  EXPECT_TRUE(world_->IssueNow().ok());
  EXPECT_TRUE(world_->Health().healthy()) << world_->Health().ShortDebugString();
}

TEST_F(SystemCalls, BelowTheFloorNothingIsIssuedAndWhatReadsOrEndsGoesOn) {
  const auto channel = world_->channel();
  const ssh::PrivateKey session = MayflydWorld::NewKey();
  ASSERT_TRUE(world_->StartSession(channel, world_->alice, session).ok());
  world_->faults().free_bytes = int64_t{63} << 20;
  ASSERT_TRUE(world_->daemon().Running());
  v1::GetHealthResponse health;
  for (int i = 0; i < 100 && (i == 0 || health.healthy()); ++i) {
    absl::SleepFor(absl::Milliseconds(50));
    health = world_->Health();
  }
  ASSERT_EQ(health.problems_size(), 1);
  EXPECT_EQ(health.problems(0).component(), "disk");
  EXPECT_THAT(health.problems(0).detail(), HasSubstr("free some space"));
  // From the network: that something is wrong, not what.
  const Answer outside = CallRaw(channel, "/mayfly.v1.Trust/GetHealth", "");
  EXPECT_FALSE(outside.As<v1::GetHealthResponse>().healthy());
  EXPECT_EQ(outside.As<v1::GetHealthResponse>().problems(0).detail(), "");
  EXPECT_EQ(outside.As<v1::GetHealthResponse>().metrics_size(), 0);

  for (const Deed& deed : Deeds()) {
    const Answer answer = deed.run(channel);
    EXPECT_EQ(CodeName(answer.code), "UNAVAILABLE") << deed.name << ": " << answer;
    EXPECT_THAT(answer.message, HasSubstr("issues nothing right now"));
    EXPECT_THAT(answer.detail.hint(), HasSubstr("mayfly health --local"));
  }
  v1::CallDocument document;
  document.mutable_end_session();
  const std::string end = "/mayfly.v1.Sessions/End";
  EXPECT_TRUE(
      CallRaw(
          channel, end,
          world_->Sign(end, document, {v1::CREDENTIAL_KIND_SESSION, &session}).SerializeAsString())
          .ok());
  EXPECT_EQ(CodeName(CallRaw(channel, "/mayfly.v1.Certificates/IssueUser", "").code),
            "UNAUTHENTICATED")
      << "a stranger is told nothing of it";

  world_->faults().free_bytes = -1;
  Answer answer;
  for (int i = 0; i < 100 && !answer.ok(); ++i) {
    absl::SleepFor(absl::Milliseconds(50));
    answer = world_->IssueUser(channel, Alice(), MayflydWorld::NewKey());
  }
  EXPECT_TRUE(answer.ok()) << answer;
  EXPECT_TRUE(world_->Health().healthy());
}

TEST(Descriptors, WhenTheyRunOutTheListenerLivesOn) {
  // As CVE-2023-4785 has it: more connections than descriptors, then none.
  MayflydWorld world({.configuration = "limits: {max_connections: 1000, "
                                       "max_connections_per_source: 1000}\n",
                      .wrapper = {"prlimit", "--nofile=260:260"}});
  EXPECT_THAT(world.Log(), HasSubstr("fewer connections than configured"));
  {
    std::vector<std::shared_ptr<grpc::Channel>> channels;
    for (int i = 0; i < 60; ++i) {
      channels.push_back(world.Connect());
      channels.back()->GetState(/*try_to_connect=*/true);
    }
    absl::SleepFor(absl::Milliseconds(500));
    EXPECT_TRUE(world.daemon().Running());
  }
  Answer answer;
  for (int i = 0; i < 100 && !answer.ok(); ++i) {
    answer = world.IssueNow();
    absl::SleepFor(absl::Milliseconds(100));
  }
  EXPECT_TRUE(answer.ok()) << answer;
}

class ClockJumps : public ::testing::Test {
 protected:
  void SetOffset(absl::Duration offset) {
    world_.faults().clock_offset_ns = absl::ToInt64Nanoseconds(offset);
    world_.clock_offset = offset;
  }
  // Until the daemon has seen the jump: absl::Now looks at the system's clock every two seconds,
  // and the guard at that one every second.
  Answer IssueUntil(const std::string& code) {
    Answer answer;
    for (int i = 0; i < 200; ++i) {
      answer = world_.IssueNow();
      if (CodeName(answer.code) == code) break;
      absl::SleepFor(absl::Milliseconds(50));
    }
    return answer;
  }
  uint64_t ValidBefore(const Answer& answer) {
    return ssh::Certificate::Parse(
               AsBytes(answer.As<v1::IssueUserResponse>().certificate().certificate()))
        .value()
        .body.valid_before_unix_s;
  }
  MayflydWorld world_{MayflydWorld::Options{.faults = true}};
};

TEST_F(ClockJumps, BehindTheLastRecordNothingIsSigned) {
  ASSERT_TRUE(world_.IssueNow().ok());
  SetOffset(-absl::Seconds(2));  // A leap second, or NTP.
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_TRUE(world_.IssueNow().ok());
  SetOffset(-absl::Hours(1));
  EXPECT_EQ(CodeName(IssueUntil("UNAVAILABLE").code), "UNAVAILABLE");
  const v1::GetHealthResponse health = world_.Health();
  ASSERT_EQ(health.problems_size(), 1);
  EXPECT_EQ(health.problems(0).component(), "clock");
  EXPECT_THAT(health.problems(0).detail(), HasSubstr("--accept-clock"));

  // Neither does a restart make it sign, nor another one.
  for (int i = 0; i < 2; ++i) {
    world_.Stop();
    ASSERT_TRUE(world_.Start());
    EXPECT_EQ(CodeName(world_.IssueNow().code), "UNAVAILABLE");
  }
  SetOffset(absl::ZeroDuration());
  EXPECT_TRUE(IssueUntil("OK").ok());
  EXPECT_TRUE(world_.Health().healthy());
}

TEST_F(ClockJumps, InTheYear2106AndBackWithAnOperatorsWord) {
  const absl::Time far = absl::FromUnixSeconds((int64_t{1} << 32) + 1000);
  SetOffset(far - absl::Now());
  const Answer then = IssueUntil("OK");
  ASSERT_TRUE(then.ok()) << then;
  EXPECT_GT(ValidBefore(then), uint64_t{1} << 32);
  EXPECT_LT(ValidBefore(then), (uint64_t{1} << 32) + 100000);
  world_.Stop();

  SetOffset(absl::ZeroDuration());
  ASSERT_TRUE(world_.Start());
  EXPECT_EQ(CodeName(world_.IssueNow().code), "UNAVAILABLE");
  world_.Stop();
  ASSERT_TRUE(world_.Start({"--accept-clock"}));
  EXPECT_TRUE(world_.IssueNow().ok());
  world_.Stop();
  ASSERT_TRUE(world_.Start());
  const Answer now = world_.IssueNow();
  ASSERT_TRUE(now.ok()) << "accepted once is accepted: " << now;
  EXPECT_LT(ValidBefore(now), uint64_t{1} << 32);
}

}  // namespace
}  // namespace mayfly
