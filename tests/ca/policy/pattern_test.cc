#include "ca/policy/pattern.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::policy {
namespace {

struct PatternRow {
  std::string pattern, text;
  bool matches;
};

TEST(Pattern, MatchesTheWholeText) {
  for (const PatternRow& row : std::vector<PatternRow>{
           {"acme/web", "acme/web", true},
           {"acme/web", "acme/webs", false},
           {"acme/*", "acme/web", true},
           {"acme/*", "acme/", true},
           {"acme/*", "acme/web/x", false},
           {"acme/*", "acme/web:ref:refs/heads/main", false},
           {"acme/*", "xacme/web", false},
           {"acme/**", "acme/web:ref:refs/heads/main", true},
           {"repo:acme/*:ref:refs/heads/release-*", "repo:acme/web:ref:refs/heads/release-7", true},
           {"repo:acme/*:ref:refs/heads/release-*", "repo:acme/x:ref:y:ref:refs/heads/release-7",
            false},
           {"*@example.com", "alice@example.com", true},
           {"*@example.com", "alice@example.com.evil.net", false},
           {"OPS-#", "OPS-1234", true},
           {"OPS-#", "OPS-", false},
           {"OPS-#", "OPS-12a", false},
           {"OPS-#", "ops-1234", false},
           {"v#.#", "v1.20", true},
           {"a*b*c", "aXbYbZc", true},
           {"a**", "a\nb", true},
           {"a*", "a\xff", true},
       }) {
    EXPECT_EQ(Matches(row.pattern, row.text), row.matches) << row.pattern << " ~ " << row.text;
  }
}

TEST(Pattern, TakesNoLongerForHostileTexts) {
  const std::string text(kMaxMatched, 'a');
  EXPECT_FALSE(Matches("**a**a**a**a**a**a**a**a**a**b", text));
  EXPECT_TRUE(Matches("**a**a**a**a**a**a**a**a**a**", text));
  EXPECT_FALSE(Matches("**a", text + "aa"));  // Longer texts match nothing.
}

TEST(Pattern, MustSaySomething) {
  for (const char* pattern : {"", "*", "**", "***", "a\nb", "\xff"}) {
    EXPECT_FALSE(CheckPattern(pattern).ok()) << pattern;
  }
  EXPECT_FALSE(CheckPattern(std::string(kMaxPattern + 1, 'a')).ok());
  EXPECT_OK(CheckPattern("refs/heads/*"));
  EXPECT_OK(CheckPattern("#"));
}

TEST(LoginPattern, StandsForPartsOfLoginsOnly) {
  EXPECT_TRUE(MatchesLogin("svc-*", "svc-backup"));
  EXPECT_TRUE(MatchesLogin("svc-*", "svc-"));
  EXPECT_FALSE(MatchesLogin("svc-*", "svc-a@b"));
  EXPECT_FALSE(MatchesLogin("svc-*", "svc-Ä"));
  EXPECT_FALSE(MatchesLogin("svc-*", "root"));
  EXPECT_OK(CheckLoginPattern("svc-*"));
  EXPECT_OK(CheckLoginPattern("svc-*-ro"));
  EXPECT_FALSE(CheckLoginPattern("*").ok());
  EXPECT_FALSE(CheckLoginPattern("*-admin").ok());
  EXPECT_FALSE(CheckLoginPattern("Svc-*").ok());
}

TEST(CommandPattern, LetsNoFillingBecomeMoreThanAWord) {
  const std::string pattern = "/usr/bin/backup --job *";
  EXPECT_TRUE(MatchesCommand(pattern, "/usr/bin/backup --job nightly-2"));
  for (const char* command :
       {"/usr/bin/backup --job ", "/usr/bin/backup --job a b", "/usr/bin/backup --job a;reboot",
        "/usr/bin/backup --job $(reboot)", "/usr/bin/backup --job `reboot`",
        "/usr/bin/backup --job a|b", "/usr/bin/backup --job a&b", "/usr/bin/backup --job a>b",
        "/usr/bin/backup --job a\nb", "/usr/bin/backup --job 'a'", "/usr/bin/backup --job ~root",
        "/usr/bin/backup --job --config=/tmp/x", "/usr/bin/backup --job *", "/usr/bin/backup"}) {
    EXPECT_FALSE(MatchesCommand(pattern, command)) << command;
  }
  EXPECT_TRUE(MatchesCommand("git-upload-pack acme/*.git", "git-upload-pack acme/web.git"));
  EXPECT_TRUE(MatchesCommand("backup --job=*", "backup --job=-x"));  // No word of its own.
}

}  // namespace
}  // namespace mayfly::policy
