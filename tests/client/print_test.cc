#include "client/print.h"

#include <map>
#include <sstream>

#include "base/status.h"
#include "client/context.h"
#include "client/failure.h"
#include "nlohmann/json.hpp"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

TEST(Print, ATableIsAsWideAsItsCells) {
  std::ostringstream out;
  PrintTable(out, {"A", "LONG"}, {{"wide cell", "x"}, {"ä", "y"}});
  EXPECT_EQ(out.str(), "A          LONG\nwide cell  x\nä          y\n");
}

TEST(Print, AnEmptyTableIsNothing) {
  std::ostringstream out;
  PrintTable(out, {"A"}, {});
  EXPECT_EQ(out.str(), "");
}

TEST(Print, JsonSurvivesWhatIsNotUtf8) {
  std::ostringstream out;
  PrintJson(out, nlohmann::json{{"a", "\xff"}});
  EXPECT_TRUE(nlohmann::json::accept(out.str()));
}

TEST(Print, TimesAreRelativeInTwoUnits) {
  const absl::Time now = FakeClock().Now();
  const std::map<int64_t, std::string> table = {
      {0, "now"},          {1, "in 1s"},       {61, "in 1m1s"}, {3600, "in 1h"},    {3601, "in 1h"},
      {28799, "in 7h59m"}, {90061, "in 1d1h"}, {-5, "5s ago"},  {-3660, "1h1m ago"}};
  for (const auto& [seconds, text] : table) {
    EXPECT_EQ(RelativeText(now + absl::Seconds(seconds), now), text) << seconds;
  }
}

class ReportTest : public ::testing::Test {
 protected:
  ReportTest()
      : context_(
            clock_, random_, [](const char*) { return std::string(); }, out_, err_) {}
  FakeClock clock_;
  FakeRandom random_;
  std::ostringstream out_, err_;
  Context context_;
};

TEST_F(ReportTest, AFailureHasSentenceRuleHintAndRequest) {
  v1::ErrorDetail detail;
  detail.set_rule("grant engineers");
  detail.set_request_id("01m8");
  const absl::Status status =
      WithDetail(Failure(ExitCode::kDenied, "no grant permits this", "ask for less"), detail);
  EXPECT_EQ(context_.Report(status), ExitCode::kDenied);
  EXPECT_EQ(err_.str(),
            "mayfly: no grant permits this\nmayfly: refused by grant engineers\n"
            "mayfly: hint: ask for less\nmayfly: request 01m8\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ReportTest, QuietIsForTalkNotForErrors) {
  context_.quiet = true;
  context_.Say("talk");
  context_.Hint("more");
  EXPECT_EQ(err_.str(), "");
  context_.Report(InvalidArgument("wrong"));
  EXPECT_EQ(err_.str(), "mayfly: wrong\n");
}

TEST_F(ReportTest, ANounOnTheWayUpKeepsHintAndCode) {
  const absl::Status status =
      Annotate(Failure(ExitCode::kNotTrusted, "pin", "refresh"), "ca.example.com");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotTrusted);
  EXPECT_EQ(HintOf(status), "refresh");
}

TEST_F(ReportTest, TheFirstHintAndTheFirstCodeStand) {
  const absl::Status status =
      WithExitCode(WithHint(Failure(ExitCode::kDenied, "x", "first"), "second"), ExitCode::kUsage);
  EXPECT_EQ(HintOf(status), "first");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kDenied);
}

TEST_F(ReportTest, AnErrorWithoutACodeIsOfThisMachine) {
  EXPECT_EQ(ExitCodeOf(NotFound("x")), ExitCode::kLocal);
  EXPECT_EQ(ExitCodeOf(InvalidArgument("x")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(Internal("x")), ExitCode::kInternal);
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), ExitCode::kOk);
}

}  // namespace
}  // namespace mayfly::client
