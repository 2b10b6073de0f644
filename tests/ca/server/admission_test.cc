#include "ca/server/admission.h"

#include "absl/status/status.h"
#include "ca/server/call_reader.h"
#include "ca/server/issuance_gate.h"
#include "gmock/gmock.h"

namespace mayfly::server {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kStart = absl::Hours(1000);

TEST(TokenBuckets, GiveABurstAndThenTheRate) {
  TokenBuckets buckets({.per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(buckets.Take("a", kStart), absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("a", kStart), absl::Milliseconds(100));
  EXPECT_EQ(buckets.Take("b", kStart), absl::ZeroDuration()) << "a's flood is not b's";
  EXPECT_EQ(buckets.Take("a", kStart + absl::Milliseconds(101)), absl::ZeroDuration());
  EXPECT_GT(buckets.Take("a", kStart + absl::Milliseconds(102)), absl::ZeroDuration());
}

TEST(TokenBuckets, NeverHoldMoreThanTheBurst) {
  TokenBuckets buckets({.per_second = 10, .burst = 2});
  buckets.Take("a", kStart);
  const absl::Duration later = kStart + absl::Hours(24 * 365);
  EXPECT_EQ(buckets.Take("a", later), absl::ZeroDuration());
  EXPECT_EQ(buckets.Take("a", later), absl::ZeroDuration());
  EXPECT_GT(buckets.Take("a", later), absl::ZeroDuration());
  // A time that goes back gives nothing.
  EXPECT_GT(buckets.Take("a", kStart), absl::ZeroDuration());
}

TEST(TokenBuckets, KeepTheirMemoryWhateverComes) {
  TokenBuckets buckets({.per_second = 1, .burst = 2}, /*max_keys=*/10);
  for (int i = 0; i < 1000; ++i) buckets.Take(std::to_string(i), kStart);
  EXPECT_LE(buckets.size(), 11u);
  // Who comes when all are taken shares one bucket with the others, so a flood of sources is
  // limited as one.
  EXPECT_GT(buckets.Take("new", kStart), absl::ZeroDuration());
  // After a rest there is room again.
  EXPECT_EQ(buckets.Take("new", kStart + absl::Seconds(10)), absl::ZeroDuration());
}

TEST(TokenBuckets, WhoFoundNoRoomIsLookedAtInTheSharedOne) {
  TokenBuckets buckets({.per_second = 0.01, .burst = 1}, /*max_keys=*/2);
  for (const char* key : {"a", "b", "c"}) {
    EXPECT_EQ(buckets.Take(key, kStart), absl::ZeroDuration()) << key;
  }
  EXPECT_GT(buckets.Look("c", kStart), absl::ZeroDuration()) << "c took what everybody else shares";
  EXPECT_GT(buckets.Look("d", kStart), absl::ZeroDuration());
}

TEST(IssuanceGate, StopsWhatMakesStandingAndForTheClockApprovalsToo) {
  IssuanceGate gate;
  constexpr char kIssue[] = "/mayfly.v1.Certificates/IssueUser", kEnd[] = "/mayfly.v1.Sessions/End";
  constexpr char kApprove[] = "/mayfly.v1.Requests/Approve";
  EXPECT_FALSE(gate.Stops(kIssue));
  gate.Set("disk", absl::ResourceExhaustedError("full"));
  EXPECT_TRUE(gate.Stops(kIssue));
  EXPECT_FALSE(gate.Stops(kApprove)) << "it has reserved room";
  gate.Set("clock", absl::FailedPreconditionError("behind"));
  EXPECT_TRUE(gate.Stops(kApprove));
  EXPECT_FALSE(gate.Stops(kEnd));
  gate.Set("clock", absl::OkStatus());
  EXPECT_TRUE(gate.Stops(kIssue));
  EXPECT_FALSE(gate.Stops(kApprove));
  gate.Set("disk", absl::OkStatus());
  EXPECT_FALSE(gate.Stops(kIssue));
}

TEST(SourceOf, IsAnIpv4AddressOrAnIpv6Slash64) {
  const auto of = [](const char* grpc_peer) { return SourceOf(PeerAddress(grpc_peer)); };
  EXPECT_EQ(of("ipv4:192.0.2.7:4711"), std::string("\xc0\x00\x02\x07", 4));
  EXPECT_EQ(of("ipv4:192.0.2.7:1"), of("ipv4:192.0.2.7:65535"));
  EXPECT_EQ(of("ipv6:%5B2001:db8:1:2::1%5D:1"), of("ipv6:%5B2001:db8:1:2:ffff::9%5D:2"));
  EXPECT_NE(of("ipv6:%5B2001:db8:1:2::1%5D:1"), of("ipv6:%5B2001:db8:1:3::1%5D:1"));
  EXPECT_EQ(of("ipv6:%5B::ffff:192.0.2.7%5D:1"), of("ipv4:192.0.2.7:1"));
  EXPECT_EQ(of("unix:/var/lib/mayfly/mayflyd.sock"), "");
  EXPECT_EQ(of("unix:"), "");
  EXPECT_NE(of("ipv9:what"), "") << "what is not understood is limited too";
}

class AdmissionTest : public ::testing::Test {
 protected:
  std::optional<Turned> Arrive(const std::string& source, bool reserved = false) {
    return admission_.Arrive(source, reserved, now_);
  }
  void Leave(const std::string& source, bool reserved = false) {
    admission_.Leave(source, reserved);
  }
  Metrics metrics_;
  absl::Duration now_ = kStart;
  Admission admission_{model::Limits{.max_in_flight = 4,
                                     .max_in_flight_per_source = 2,
                                     .calls_per_second_per_source = 10,
                                     .calls_per_second_per_subject = 5,
                                     .refusals_per_minute_per_source = 3,
                                     .refusals_per_minute_per_subject = 2,
                                     .stranger_log_lines_per_minute = 2},
                       metrics_};
};

TEST_F(AdmissionTest, GivesEachSourceItsShareAndAllTheWhole) {
  EXPECT_FALSE(Arrive("a"));
  EXPECT_FALSE(Arrive("a"));
  const std::optional<Turned> turned = Arrive("a");
  ASSERT_TRUE(turned);
  EXPECT_THAT(turned->sentence, HasSubstr("at once from your address"));
  EXPECT_EQ(turned->retry_after, absl::Seconds(1));
  EXPECT_FALSE(Arrive("b"));
  EXPECT_FALSE(Arrive("c"));
  ASSERT_TRUE(Arrive("d")) << "four are under way";
  EXPECT_EQ(metrics_.Get(Counter::kCallsShed), 1);
  EXPECT_FALSE(Arrive("e", /*reserved=*/true)) << "an operator's call has room all the same";
  EXPECT_FALSE(Arrive("")) << "and so has the local socket";
  EXPECT_EQ(admission_.in_flight(), 6);
  for (const char* source : {"a", "a", "b", "c", ""}) Leave(source);
  Leave("e", /*reserved=*/true);
  EXPECT_EQ(admission_.in_flight(), 0);
  EXPECT_FALSE(Arrive("d"));
}

TEST_F(AdmissionTest, TheReservedRoomHasABoundToo) {
  int taken = 0;
  while (!Arrive("")) ++taken;
  EXPECT_EQ(taken, model::kReservedInFlight / 2);
  EXPECT_TRUE(Arrive("a"));
  Leave("");
  EXPECT_TRUE(Arrive("a")) << "what is kept is for them alone";
  EXPECT_FALSE(Arrive(""));
}

// Who is an operator is known later: strangers may call operators' methods.
TEST_F(AdmissionTest, CallsOfOperatorsMethodsTakeNothingFromTheSocket) {
  Admission wide(model::Limits{.max_in_flight = 800, .max_in_flight_per_source = 400}, metrics_);
  int taken = 0;
  for (const char* source : {"a", "b", "c"}) {
    while (!wide.Arrive(source, true, now_)) ++taken;
  }
  EXPECT_EQ(taken, 800);
  EXPECT_FALSE(wide.Arrive("", false, now_));
}

TEST_F(AdmissionTest, LimitsTheRateOfASourceAndOfNoOther) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(Arrive("a")) << i;
    Leave("a");
  }
  const std::optional<Turned> turned = Arrive("a");
  ASSERT_TRUE(turned);
  EXPECT_GE(turned->retry_after, absl::Seconds(1));
  EXPECT_FALSE(Arrive("b"));
  now_ += absl::Seconds(1);
  EXPECT_FALSE(Arrive("a"));
}

TEST_F(AdmissionTest, LooksAtNothingMoreFromASourceOfStrangers) {
  int64_t suppressed = 0;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(Arrive("a"));
    Leave("a");
    admission_.CountStranger("a", now_, &suppressed);
  }
  const std::optional<Turned> turned = Arrive("a");
  ASSERT_TRUE(turned);
  EXPECT_THAT(turned->sentence, HasSubstr("not authenticated"));
  EXPECT_EQ(turned->retry_after, absl::Seconds(20));
  EXPECT_FALSE(Arrive("b"));
  now_ += absl::Seconds(21);
  EXPECT_FALSE(Arrive("a"));
}

TEST_F(AdmissionTest, LimitsASubjectsCallsAndItsRefusals) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(admission_.MayAsk("bob", now_));
  EXPECT_TRUE(admission_.MayAsk("bob", now_));
  EXPECT_FALSE(admission_.MayAsk("alice", now_));
  for (int i = 0; i < 2; ++i) admission_.CountRefusal("alice", now_);
  const std::optional<Turned> turned = admission_.MayAsk("alice", now_);
  ASSERT_TRUE(turned);
  EXPECT_THAT(turned->sentence, HasSubstr("were refused"));
  EXPECT_EQ(turned->retry_after, absl::Seconds(30));
  EXPECT_EQ(metrics_.Get(Counter::kCallsLimitedSubject), 2);
}

TEST_F(AdmissionTest, LogsAFewStrangersAndCountsTheRest) {
  int lines = 0;
  int64_t suppressed = 0;
  // An hour at line rate, in small: a hundred sources, a hundred calls a second.
  for (int second = 0; second < 60; ++second) {
    for (int i = 0; i < 100; ++i) {
      int64_t before = 0;
      if (admission_.CountStranger(std::to_string(i), now_, &before)) {
        ++lines;
        suppressed += before;
      }
    }
    now_ += absl::Seconds(1);
  }
  EXPECT_LE(lines, 2 + 2);
  EXPECT_EQ(metrics_.Get(Counter::kStrangers), 6000);
  EXPECT_EQ(metrics_.Get(Counter::kLogLinesSuppressed), 6000 - lines);
  EXPECT_GT(suppressed, 1000);
}

TEST_F(AdmissionTest, DoesNotBeginWhatWaitedTooLong) {
  EXPECT_FALSE(admission_.Waited(Line::kOthers, kStart, kStart + absl::Seconds(10)));
  EXPECT_TRUE(admission_.Waited(Line::kOthers, kStart, kStart + absl::Milliseconds(10001)));
  EXPECT_EQ(metrics_.Get(Counter::kCallsShed), 1);
}

// The room of AdmissionTest is 4, an eighth of it 1: there is always room for one.
class QueueTest : public AdmissionTest {
 protected:
  bool Begins(Line line, absl::Duration late) {
    return !admission_.Waited(line, now_ - late, now_);
  }
  // Looked at all the same.
  void BeginsLate(Line line = Line::kIssuing) {
    EXPECT_TRUE(Begins(line, absl::Milliseconds(101)));
  }
  void BeginsPromptly(Line line) { EXPECT_TRUE(Begins(line, absl::Milliseconds(100))); }
};

TEST_F(QueueTest, ThatStaysIsKeptShortForAWhile) {
  EXPECT_FALSE(Arrive("a"));
  BeginsLate();
  now_ += absl::Milliseconds(500);
  BeginsLate();
  EXPECT_FALSE(Arrive("b")) << "half a second of it is a burst";
  now_ += absl::Milliseconds(1);
  BeginsLate();
  EXPECT_TRUE(admission_.IsKeptShort(now_));
  const std::optional<Turned> turned = Arrive("c");
  ASSERT_TRUE(turned);
  EXPECT_THAT(turned->sentence, HasSubstr("busy"));
  EXPECT_FALSE(Arrive("e", /*reserved=*/true)) << "what is kept for operators is not shortened";
  EXPECT_FALSE(Arrive("")) << "and for the local socket";
  Leave("e", /*reserved=*/true);
  Leave("");
  // Whoever is turned away meanwhile does not make it last longer.
  now_ += absl::Milliseconds(4999);
  EXPECT_TRUE(Arrive("c"));
  EXPECT_TRUE(Arrive("a")) << "one of a's is under way";
  now_ += absl::Milliseconds(1);
  EXPECT_FALSE(admission_.IsKeptShort(now_));
  EXPECT_FALSE(Arrive("c"));
  EXPECT_FALSE(Arrive("d"));
}

TEST_F(QueueTest, InWhichOneBeganPromptlyDoesNotStay) {
  EXPECT_FALSE(Arrive("a"));
  BeginsLate();
  now_ += absl::Milliseconds(300);
  BeginsPromptly(Line::kIssuing);
  now_ += absl::Milliseconds(300);
  BeginsLate();
  now_ += absl::Milliseconds(300);
  BeginsLate();
  EXPECT_FALSE(admission_.IsKeptShort(now_));
}

TEST_F(QueueTest, OfTheOtherLineSaysNothing) {
  EXPECT_FALSE(Arrive("a"));
  BeginsLate();
  now_ += absl::Milliseconds(501);
  BeginsPromptly(Line::kOthers);
  BeginsLate();
  EXPECT_TRUE(admission_.IsKeptShort(now_)) << "health checks are prompt, certificates are not";
}

TEST_F(QueueTest, OfLongAgoKeepsNobodyOut) {
  EXPECT_FALSE(Arrive("a"));
  BeginsLate();
  Leave("a");
  now_ += absl::Hours(1);
  EXPECT_FALSE(Arrive("a"));
  BeginsLate();
  EXPECT_FALSE(Arrive("b"));
}

TEST_F(QueueTest, ThatIsKeptShortHasAShareForEachSource) {
  Admission wide(model::Limits{.max_in_flight = 80, .max_in_flight_per_source = 16}, metrics_);
  EXPECT_FALSE(wide.Arrive("z", false, now_));
  EXPECT_FALSE(wide.Waited(Line::kOthers, now_ - absl::Seconds(1), now_));
  now_ += absl::Milliseconds(501);
  EXPECT_FALSE(wide.Waited(Line::kOthers, now_ - absl::Seconds(1), now_));
  EXPECT_FALSE(wide.Arrive("a", false, now_));
  EXPECT_FALSE(wide.Arrive("a", false, now_));
  EXPECT_TRUE(wide.Arrive("a", false, now_)) << "two of ten";
  EXPECT_FALSE(wide.Arrive("b", false, now_));
}

// What was let in before stays, and is more than is let in now.
TEST_F(QueueTest, ThatIsKeptShortLeavesOperatorsAndTheSocketTheirs) {
  Admission wide(model::Limits{.max_in_flight = 800, .max_in_flight_per_source = 400}, metrics_);
  for (int i = 0; i < 400; ++i) EXPECT_FALSE(wide.Arrive("a", false, now_));
  for (int i = 0; i < 400; ++i) EXPECT_FALSE(wide.Arrive("b", false, now_));
  EXPECT_FALSE(wide.Waited(Line::kIssuing, now_ - absl::Seconds(1), now_));
  now_ += absl::Milliseconds(501);
  EXPECT_FALSE(wide.Waited(Line::kIssuing, now_ - absl::Seconds(1), now_));
  EXPECT_TRUE(wide.IsKeptShort(now_));
  EXPECT_TRUE(wide.Arrive("c", false, now_));
  int operators = 0, local = 0;
  while (!wide.Arrive("c", true, now_)) ++operators;
  while (!wide.Arrive("", false, now_)) ++local;
  EXPECT_EQ(operators, model::kReservedInFlight / 2);
  EXPECT_EQ(local, model::kReservedInFlight / 2);
}

}  // namespace
}  // namespace mayfly::server
