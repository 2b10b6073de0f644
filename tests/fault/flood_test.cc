// Floods: one caller's does not slow another, and strangers fill nothing.
#include <map>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/load.h"
#include "tests/fault/mayflyd_world.h"

namespace mayfly {
namespace {

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

// An hour of strangers at line rate, in small: neither log nor ledger grows by it.
TEST(Flood, OfStrangersFillsNeitherLogNorLedger) {
  MayflydWorld world({.configuration = "limits: {refusals_per_minute_per_source: 300, "
                                       "stranger_log_lines_per_minute: 10}\n"});
  const auto channel = world.channel();
  const size_t log_before = world.Log().size();
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
  const v1::GetHealthResponse health = world.Health();
  std::map<std::string, int64_t> metrics;
  for (const v1::HealthMetric& metric : health.metrics()) metrics[metric.name()] = metric.value();
  EXPECT_GE(metrics["mayfly_strangers_total"], 300);
  EXPECT_GT(metrics["mayfly_log_lines_suppressed_total"], 1000);
  EXPECT_EQ(metrics["mayfly_calls_limited_by_source_total"], turned_away);
  // The machine's own people get through.
  EXPECT_TRUE(world.Health().healthy());
}

}  // namespace
}  // namespace mayfly
