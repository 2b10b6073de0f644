// Floods: one caller's does not slow another, and strangers fill nothing.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/load.h"
#include "tests/fault/mayflyd_world.h"

namespace mayfly {
namespace {

std::map<std::string, int64_t> MetricsOf(const v1::GetHealthResponse& health) {
  std::map<std::string, int64_t> metrics;
  for (const v1::HealthMetric& metric : health.metrics()) metrics[metric.name()] = metric.value();
  return metrics;
}

// A queue that stays is kept short for a while, and the metric says so. The daemon is stopped most
// of the time, for a fast machine would have no queue.
TEST(Flood, OfManyAtOnceMeetsAShortQueue) {
  MayflydWorld world({.configuration = "limits: {max_connections_per_source: 1024, "
                                       "max_silent_connections: 1024, "
                                       "max_silent_connections_per_source: 1024, "
                                       "max_in_flight_per_source: 1024, "
                                       "calls_per_second_per_source: 1000000, "
                                       "calls_per_second_per_subject: 1000000}\n"});
  const auto wait_for = [&](int64_t kept_short) {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (absl::Now() < deadline) {
      if (MetricsOf(world.Health())["mayfly_queue_kept_short"] == kept_short) return true;
      absl::SleepFor(absl::Milliseconds(50));
    }
    return false;
  };
  EXPECT_EQ(MetricsOf(world.Health())["mayfly_queue_kept_short"], 0);
  Load flood(world, 250);
  std::atomic<bool> full_speed = false;
  std::thread brake([&] {
    while (!full_speed) {
      world.daemon().Signal(SIGSTOP);
      absl::SleepFor(absl::Milliseconds(8));
      world.daemon().Signal(SIGCONT);
      absl::SleepFor(absl::Milliseconds(2));
    }
  });
  EXPECT_TRUE(wait_for(1));
  full_speed = true;
  brake.join();
  absl::SleepFor(absl::Seconds(1));  // So that who was answered asks again.
  EXPECT_GT(flood.issued(), 0);
  flood.Stop();
  EXPECT_GT(flood.failures()["RESOURCE_EXHAUSTED"], 0);
  EXPECT_TRUE(wait_for(0));
  EXPECT_TRUE(world.IssueNow().ok());
}

// A flood from one caller does not slow another.
TEST(Flood, OfOneSubjectIsTurnedAwayAndAnotherIsServed) {
  MayflydWorld world({.configuration = "limits: {calls_per_second_per_subject: 20}\n"});
  const Speaker bob{v1::CREDENTIAL_KIND_SSH_KEY, &world.bob};
  Load flood(world, 6, bob);
  absl::SleepFor(absl::Seconds(1));
  for (int i = 0; i < 20; ++i) {
    const absl::Time start = absl::Now();
    const Answer answer = world.IssueNow();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_LT(absl::Now() - start, absl::Seconds(3));
  }
  Answer answer;
  for (int i = 0; i < 100 && answer.code != grpc::StatusCode::RESOURCE_EXHAUSTED; ++i) {
    answer = world.IssueUser(world.channel(), bob, MayflydWorld::NewKey());
  }
  EXPECT_EQ(CodeName(answer.code), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(answer.message, "too many calls of yours");
  EXPECT_EQ(answer.detail.hint(), "try again in 1 second");
  EXPECT_EQ(answer.detail.retry_after().seconds(), 1);
  flood.Stop();
  EXPECT_GT(flood.failures()["RESOURCE_EXHAUSTED"], 10);
}

// Load balancers and whoever says to be one: gRPC's health check is a call like the others.
TEST(Flood, OfHealthChecksIsTurnedAwayToo) {
  MayflydWorld world({.configuration = "limits: {calls_per_second_per_source: 20}\n"});
  const std::string check = "/grpc.health.v1.Health/Check";
  const Answer well = CallRaw(world.channel(), check, "");
  EXPECT_TRUE(well.ok()) << well;
  EXPECT_EQ(well.body, std::string("\x08\x01")) << "status: SERVING";
  EXPECT_EQ(CodeName(CallRaw(world.channel(), check, std::string("\x0a\x01x")).code), "NOT_FOUND");
  // A stream for each who asks would have no end.
  EXPECT_EQ(CodeName(CallRaw(world.channel(), "/grpc.health.v1.Health/Watch", "").code),
            "UNIMPLEMENTED");
  int turned_away = 0;
  for (int i = 0; i < 200; ++i) {
    const Answer answer = CallRaw(world.channel(), check, "");
    if (!answer.ok()) ++turned_away;
    EXPECT_THAT(CodeName(answer.code), ::testing::AnyOf("OK", "RESOURCE_EXHAUSTED")) << answer;
  }
  EXPECT_GT(turned_away, 0);
  EXPECT_EQ(MetricsOf(world.Health())["mayfly_calls_limited_by_source_total"], turned_away);
}

// limits.max_message_size, at its edge and past it.
TEST(Flood, OfBytesEndsAtTheSizeOfAMessage) {
  MayflydWorld world({.configuration = "limits: {max_message_size: 81920}\n"});
  const auto send = [&](int size) {  // Field 15 is nobody's: gRPC reads it, and we refuse it.
    const std::string frame("\x7a", 1);
    std::string length;
    int left = size - 4;  // The tag and three bytes of length.
    const int content = left;
    for (int i = 0; i < 3; ++i, left >>= 7) {
      length += static_cast<char>((left & 0x7f) | (i < 2 ? 0x80 : 0));
    }
    return CallRaw(world.channel(), "/mayfly.v1.Sessions/WhoAmI",
                   frame + length + std::string(static_cast<size_t>(content), 'x'));
  };
  EXPECT_EQ(CodeName(send(81920).code), "UNAUTHENTICATED") << "it was read";
  EXPECT_EQ(CodeName(send(81921).code), "RESOURCE_EXHAUSTED") << "it was not";
  EXPECT_EQ(CodeName(send(4 << 20).code), "RESOURCE_EXHAUSTED");
  EXPECT_TRUE(world.IssueNow().ok());
}

// An hour of strangers at line rate, in small: neither log nor ledger grows by it.
TEST(Flood, OfStrangersFillsNeitherLogNorLedger) {
  MayflydWorld world({.configuration = "limits: {refusals_per_minute_per_source: 300, "
                                       "stranger_log_lines_per_minute: 10}\n"});
  const auto channel = world.channel();
  const size_t log_before = world.Log().size();
  const size_t events_before = world.CountEvents();
  int turned_away = 0;
  for (int i = 0; i < 1500; ++i) {
    const Answer answer = CallRaw(channel, "/mayfly.v1.Certificates/IssueUser", "");
    if (answer.code == grpc::StatusCode::RESOURCE_EXHAUSTED) {
      ++turned_away;
      EXPECT_EQ(answer.message, "too many calls from your address were not authenticated");
    } else {
      EXPECT_EQ(CodeName(answer.code), "UNAUTHENTICATED");
    }
  }
  EXPECT_GT(turned_away, 1000);
  EXPECT_LT(world.Log().size() - log_before, 20000u);
  // Those who got an answer are one event a minute, however many they were.
  EXPECT_LE(world.CountEvents() - events_before, 2u);
  std::map<std::string, int64_t> metrics = MetricsOf(world.Health());
  EXPECT_GE(metrics["mayfly_strangers_total"], 300);
  EXPECT_GT(metrics["mayfly_log_lines_suppressed_total"], 1000);
  EXPECT_EQ(metrics["mayfly_calls_limited_by_source_total"], turned_away);
  // The machine's own people get through.
  EXPECT_TRUE(world.Health().healthy());
}

// While strangers ask as fast as they can, those whom we know are served as before.
TEST(Flood, OfStrangersDelaysNobodyWhoIsKnown) {
  // Nobody is turned away before anything is looked at.
  MayflydWorld world({.configuration = "limits: {refusals_per_minute_per_source: 1000000, "
                                       "calls_per_second_per_source: 100000, "
                                       "stranger_log_lines_per_minute: 10}\n"});
  const auto local = world.ConnectLocally();  // Another source than the strangers'.
  const Speaker alice{v1::CREDENTIAL_KIND_SSH_KEY, &world.alice};
  std::atomic<bool> stopping = false;
  std::atomic<int> asked = 0;
  std::vector<std::thread> strangers;
  for (int i = 0; i < 4; ++i) {
    strangers.emplace_back([&] {
      const auto channel = world.Connect();
      while (!stopping) {
        CallRaw(channel, "/mayfly.v1.Certificates/IssueUser", "");
        ++asked;
      }
    });
  }
  std::vector<absl::Duration> times;
  for (int i = 0; i < 60; ++i) {
    const absl::Time start = absl::Now();
    const Answer answer = world.IssueUser(local, alice, MayflydWorld::NewKey());
    times.push_back(absl::Now() - start);
    EXPECT_TRUE(answer.ok()) << answer;
  }
  stopping = true;
  for (std::thread& thread : strangers) thread.join();
  EXPECT_GT(asked, 200);
  std::sort(times.begin(), times.end());
  // It takes some 5 ms; the rest is for machines that do other work too.
  EXPECT_LT(times[times.size() / 2], absl::Seconds(1));
}

}  // namespace
}  // namespace mayfly
