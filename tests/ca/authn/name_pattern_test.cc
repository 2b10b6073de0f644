#include "ca/authn/name_pattern.h"

#include <string>

#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

struct MatchCase {
  std::string pattern, hostname;
  bool matches;
};
class NamePatternMatches : public ::testing::TestWithParam<MatchCase> {};

TEST_P(NamePatternMatches, WithinOneLabel) {
  EXPECT_EQ(MatchesNamePattern(GetParam().pattern, GetParam().hostname), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(Names, NamePatternMatches,
                         ::testing::ValuesIn<MatchCase>({
                             {"web1.example.com", "web1.example.com", true},
                             {"web1.example.com", "web1.example.org", false},
                             {"web1.example.com", "xweb1.example.com", false},
                             {"192.0.2.7", "192.0.2.7", true},
                             {"web-*.example.com", "web-1.example.com", true},
                             {"web-*.example.com", "web-a-b-3.example.com", true},
                             {"*.example.com", "web.example.com", true},
                             {"web*", "web12", true},
                             {"web-*-prod", "web-7-prod", true},
                             // The star is at least one character and never a dot.
                             {"web-*.example.com", "web-.example.com", false},
                             {"*.example.com", ".example.com", false},
                             {"*.example.com", "example.com", false},
                             {"*.example.com", "a.b.example.com", false},
                             {"web*", "web", false},
                             {"web*", "web.evil.example", false},
                             // The text around it must not overlap in the name.
                             {"ab*ba", "aba", false},
                             {"ab*ba", "abba", false},
                             {"ab*ba", "abxba", true},
                             // The name is checked whatever the pattern says.
                             {"web*", "web\n", false},
                             {"web*", "WEB1", false},
                             {"web*", "web1 ", false},
                             {"web*", "web_1", false},
                             {"web*", "web-", false},
                             {"web*", "web*", false},
                             {"*", "anything", false},
                             {"", "", false},
                             {"web-1", "", false},
                             {"*-*", "a-b", false},
                             // An address is not a name that a star can make.
                             {"10.0.0.*", "10.0.0.7", false},
                         }));

TEST(CheckNamePattern, TakesNamesAndOneStar) {
  for (const char* good :
       {"web1", "web-*.example.com", "*.example.com", "192.0.2.7", "2001:db8::1"}) {
    EXPECT_OK(CheckNamePattern(good)) << good;
  }
}

TEST(CheckNamePattern, RefusesTheRest) {
  for (const char* bad : {"", "*", "**", "*-*", "Web*", "web *", "web_*", ".*", "*.", "-*",
                          "*..com", "10.0.0.*", "2001:db8::*", "web\x1b*", "*.example.com."}) {
    const absl::Status status = CheckNamePattern(bad);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
    EXPECT_EQ(Message(status).find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace mayfly::authn
