#include "ca/policy/hours.h"

#include "base/text.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::policy {
namespace {

Hours HoursOf(const std::string& days, const std::string& between,
              const std::string& zone = "Europe/Berlin") {
  Hours hours;
  hours.days = ParseDays(days).value();
  const Minutes minutes = ParseBetween(between).value();
  hours.begin_minute = minutes.begin;
  hours.end_minute = minutes.end;
  hours.zone = LoadZone(zone).value();
  return hours;
}

// "until 2026-…" or "outside".
std::string At(const Hours& hours, const std::string& utc) {
  const auto end = hours.EndAt(ParseTime(utc).value());
  return end ? "until " + TimeText(*end) : "outside";
}

// 2026-03-02 is a Monday; Berlin is an hour ahead of UTC in winter.
TEST(Hours, BeginInclusiveAndEndExclusive) {
  const Hours office = HoursOf("mon-fri", "07:00-20:00");
  EXPECT_EQ(At(office, "2026-03-02T05:59:59Z"), "outside");
  EXPECT_EQ(At(office, "2026-03-02T06:00:00Z"), "until 2026-03-02T19:00:00Z");
  EXPECT_EQ(At(office, "2026-03-02T18:59:59Z"), "until 2026-03-02T19:00:00Z");
  EXPECT_EQ(At(office, "2026-03-02T19:00:00Z"), "outside");
  EXPECT_EQ(At(office, "2026-03-07T12:00:00Z"), "outside");  // Saturday.
  EXPECT_EQ(office.ToString(), "mon-fri 07:00-20:00 Europe/Berlin");
  EXPECT_EQ(office.ClockText(ParseTime("2026-03-07T12:00:00Z").value()), "sat 13:00");
}

TEST(Hours, AcrossMidnightBelongToTheDayOnWhichTheyBegin) {
  const Hours night = HoursOf("fri", "22:00-06:00", "UTC");
  EXPECT_EQ(At(night, "2026-03-06T21:59:00Z"), "outside");
  EXPECT_EQ(At(night, "2026-03-06T22:00:00Z"), "until 2026-03-07T06:00:00Z");
  EXPECT_EQ(At(night, "2026-03-07T05:59:59Z"), "until 2026-03-07T06:00:00Z");
  EXPECT_EQ(At(night, "2026-03-07T06:00:00Z"), "outside");
  EXPECT_EQ(At(night, "2026-03-06T03:00:00Z"), "outside");  // Thursday's night, which has none.
}

TEST(Hours, AdjoiningDaysAreOne) {
  const Hours weekend = HoursOf("sat-sun", "00:00-24:00", "UTC");
  EXPECT_EQ(At(weekend, "2026-03-07T01:00:00Z"), "until 2026-03-09T00:00:00Z");
  EXPECT_EQ(At(weekend, "2026-03-09T00:00:00Z"), "outside");
}

// Europe/Berlin, 2026: clocks go from 02:00 to 03:00 on 29 March, from 03:00 to 02:00 on 25
// October.
TEST(Hours, FollowTheClockOfTheirPlace) {
  const Hours office = HoursOf("mon-sun", "07:00-20:00");
  EXPECT_EQ(At(office, "2026-03-28T05:30:00Z"), "outside");
  EXPECT_EQ(At(office, "2026-03-29T05:30:00Z"), "until 2026-03-29T18:00:00Z");
  EXPECT_EQ(At(office, "2026-10-24T05:30:00Z"), "until 2026-10-24T18:00:00Z");
  EXPECT_EQ(At(office, "2026-10-25T05:30:00Z"), "outside");
}

TEST(Hours, ASkippedTimeIsTheMomentOfTheChange) {
  const Hours skipped = HoursOf("sun", "02:15-02:45");
  EXPECT_EQ(At(skipped, "2026-03-29T00:59:59Z"), "outside");
  EXPECT_EQ(At(skipped, "2026-03-29T01:00:00Z"), "outside");  // Begins and ends at once.
  const Hours across = HoursOf("sun", "02:30-04:00");
  EXPECT_EQ(At(across, "2026-03-29T00:59:59Z"), "outside");
  EXPECT_EQ(At(across, "2026-03-29T01:00:00Z"), "until 2026-03-29T02:00:00Z");
}

TEST(Hours, ATimeThatComesTwiceIsTheFirst) {
  const Hours until_half = HoursOf("sun", "00:00-02:30");
  EXPECT_EQ(At(until_half, "2026-10-25T00:29:59Z"), "until 2026-10-25T00:30:00Z");
  EXPECT_EQ(At(until_half, "2026-10-25T01:10:00Z"), "outside");  // The second 02:10.
  const Hours from_half = HoursOf("sun", "02:30-05:00");
  EXPECT_EQ(At(from_half, "2026-10-25T00:30:00Z"), "until 2026-10-25T04:00:00Z");
}

TEST(Hours, HoldAtNoEndOfTime) {
  const Hours office = HoursOf("mon-fri", "07:00-20:00");
  EXPECT_EQ(office.EndAt(absl::InfiniteFuture()), std::nullopt);
  EXPECT_EQ(office.EndAt(absl::InfinitePast()), std::nullopt);
  EXPECT_EQ(At(office, "9999-12-31T12:00:00Z"), "until 9999-12-31T19:00:00Z");  // A Friday.
  EXPECT_EQ(At(office, "1970-01-01T12:00:00Z"), "until 1970-01-01T19:00:00Z");  // A Thursday.
}

TEST(ParseDays, TakesDaysAndRanges) {
  const auto text = [](const std::string& days) { return HoursOf(days, "00:00-24:00").ToString(); };
  EXPECT_THAT(text("mon"), ::testing::StartsWith("mon 00:00"));
  EXPECT_THAT(text("sat,sun"), ::testing::StartsWith("sat,sun "));
  EXPECT_THAT(text("fri-mon"), ::testing::StartsWith("mon,fri-sun "));
  EXPECT_THAT(text("mon-sun"), ::testing::StartsWith("mon-sun "));
  for (const char* wrong : {"", "mon,", "Mon", "monday", "mon-", "mon-mon", "mon,mon",
                            "mon-wed,tue", "mon fri", "mon - fri", "-"}) {
    EXPECT_FALSE(ParseDays(wrong).ok()) << wrong;
  }
}

TEST(ParseBetween, RefusesImpossibleHours) {
  for (const char* wrong : {"", "07:00", "7:00-20:00", "07:00-20:0", "07:60-20:00", "07:00-24:01",
                            "25:00-26:00", "07:00-07:00", "24:00-07:00", "07:00-00:00",
                            "07.00-20.00", "07:00 - 20:00", "ab:cd-ef:gh"}) {
    EXPECT_FALSE(ParseBetween(wrong).ok()) << wrong;
  }
  EXPECT_OK(ParseBetween("00:00-24:00"));
  EXPECT_OK(ParseBetween("22:00-06:00"));
}

TEST(LoadZone, KnowsTheDatabaseAndNothingElse) {
  EXPECT_OK(LoadZone("UTC"));
  EXPECT_OK(LoadZone("America/Argentina/Buenos_Aires"));
  for (const char* wrong :
       {"", "CEST+1", "localtime", "/etc/passwd", "../etc/passwd", "libc:localtime",
        ":Europe/Berlin", "europe/berlin", "Europe", "Europe/Berlin\n"}) {
    EXPECT_FALSE(LoadZone(wrong).ok()) << wrong;
  }
  EXPECT_EQ(Message(LoadZone("Europe/Berln").status()),
            "'Europe/Berln' is no time zone of the IANA database; did you mean Europe/Berlin?");
}

}  // namespace
}  // namespace mayfly::policy
