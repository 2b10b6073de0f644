#include "ca/model/principal.h"

#include "gmock/gmock.h"
#include "tests/testing/format_page.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::model {
namespace {

TEST(Login, RefusesWhatCouldBeReadAsSomethingElse) {
  for (const char* login : {"alice", "_svc", "a.b@c-d_e", "u1"}) EXPECT_OK(CheckLogin(login));
  for (const char* login : {"", "-alice", "1alice", "Alice", "alice,root", "alice root", "alice\n",
                            "*", "al*ce", "a/b", "a=b", "a\x1b[0m", "\xc3\xa4"}) {
    EXPECT_THAT(CheckLogin(login), StatusIs(absl::StatusCode::kInvalidArgument)) << login;
  }
  EXPECT_FALSE(CheckLogin(std::string(65, 'a')).ok());
  EXPECT_FALSE(CheckLogin(std::string_view("al\0ce", 5)).ok());
}

TEST(HostName, TakesNamesAndCanonicalAddressesOnly) {
  for (const char* name : {"web1", "web1.example.com", "10.0.0.1", "2001:db8::1", "a-b.c3"}) {
    EXPECT_OK(CheckHostName(name)) << name;
  }
  for (const char* name : {"", "Web1", "web1.", ".web1", "web..1", "-web", "web-", "*.example.com",
                           "web_1", "10.0.0.01", "10.0.0", "2001:DB8::1", "2001:db8:0::1", "a b"}) {
    EXPECT_THAT(CheckHostName(name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
}

TEST(Principal, SortsItsScope) {
  EXPECT_THAT(MakePrincipal({{"role", "web"}, {"env", "prod"}}, "deploy"),
              IsOkAndHolds("env=prod&role=web/deploy"));
  EXPECT_THAT(MakePrincipal({}, "deploy"), IsOkAndHolds("deploy"));
}

TEST(Principal, ReadsBackWhatItMakes) {
  ASSERT_OK_AND_ASSIGN(const PrincipalParts parts, ParsePrincipal("env=prod&role=web/deploy"));
  EXPECT_EQ(parts.login, "deploy");
  EXPECT_EQ(parts.scope, (Labels{{"env", "prod"}, {"role", "web"}}));
}

TEST(Principal, HasOneSpellingOnly) {
  for (const char* text :
       {"role=web&env=prod/deploy", "env=prod&env=prod/deploy", "env=prod/", "/deploy",
        "env/deploy", "env=prod&/deploy", "env=prod//deploy", "env=prod/deploy/root"}) {
    EXPECT_THAT(ParsePrincipal(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ReservedLogin, CoversRootAndSystemAccounts) {
  for (const char* login : {"root", "daemon", "sshd", "postgres", "systemd-coredump"}) {
    EXPECT_TRUE(IsReservedLogin(login)) << login;
  }
  EXPECT_FALSE(IsReservedLogin("alice"));
}

// The last indented block of the page: its grammar stands before it.
TEST(PrincipalsPage, ShowsPrincipalsThatPrintAsTheyWereRead) {
  const testing::FormatPage page("principals");
  ASSERT_FALSE(page.blocks().empty());
  ASSERT_EQ(page.blocks().back().size(), 4u);
  for (const std::string& line : page.blocks().back()) {
    ASSERT_OK_AND_ASSIGN(const PrincipalParts parts, ParsePrincipal(line));
    EXPECT_THAT(MakePrincipal(parts.scope, parts.login), IsOkAndHolds(line));
  }
}

}  // namespace
}  // namespace mayfly::model
