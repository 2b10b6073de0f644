// Policies, users and the TLS identity change while clients ask.
#include <signal.h>

#include <map>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/load.h"
#include "tests/fault/mayflyd_world.h"

namespace mayfly {
namespace {

// Two policies that differ in two ways; a certificate that is half one and half the other shows
// that a request saw half a change.
std::string Policy(int hours, const std::string& login) {
  return fmt::format(
      "grants:\n  - name: engineers\n    for:\n      authenticators: [ssh-key]\n      groups: "
      "[engineering]\n    user_certificate:\n"
      "      hosts: any\n      logins: [{}]\n      lifetime: {{default: {}h, max: {}h}}\n"
      "    default: true\n",
      login, hours, hours);
}

TEST(Reload, NoRequestSeesHalfAChange) {
  MayflydWorld world(MayflydWorld::Options{.configuration = kManyCalls, .start = false});
  const std::string policy = world.Path("ca/policies/20-people.yaml");
  const std::string tls = world.Path("ca/tls.pem");
  const std::string tls_pem = ReadFile(tls).value();
  const std::string users = ReadFile(world.Path("ca/users.yaml")).value();
  ASSERT_TRUE(WriteFileAtomically(policy, Policy(1, "one"), 0644).ok());
  ASSERT_TRUE(world.Start()) << world.Log();
  Load load(world, 4);
  for (int i = 0; i < 40; ++i) {
    const bool odd = i % 2 == 1;
    ASSERT_TRUE(WriteFileAtomically(policy, odd ? Policy(1, "one") : Policy(2, "two"), 0644).ok());
    ASSERT_TRUE(WriteFileAtomically(tls, tls_pem, 0600).ok());
    // A broken file, for a moment: the last good users stay.
    ASSERT_TRUE(
        WriteFileAtomically(world.Path("ca/users.yaml"), i % 5 == 4 ? "users: [" : users, 0644)
            .ok());
    world.daemon().Signal(SIGHUP);
    absl::SleepFor(absl::Milliseconds(25));
    EXPECT_TRUE(i % 10 != 0 || world.IssueNow().ok());
  }
  ASSERT_TRUE(WriteFileAtomically(world.Path("ca/users.yaml"), users, 0644).ok());
  load.Stop();
  EXPECT_THAT(load.failures(), ::testing::IsEmpty());
  std::map<std::string, int> seen;
  for (const ssh::Certificate& certificate : load.held()) {
    const uint64_t lifetime =
        certificate.body.valid_before_unix_s - certificate.body.valid_after_unix_s - 60;
    ASSERT_EQ(certificate.body.principals.size(), 1u);
    const std::string& login = certificate.body.principals.front();
    EXPECT_EQ(lifetime, login == "one" ? 3600u : 7200u) << login;
    ++seen[login];
  }
  EXPECT_GT(seen["one"], 0);
  EXPECT_GT(seen["two"], 0);
}

// A client between two calls may read nothing, not even that the daemon goes.
TEST(Stopping, WaitsForNobodyWhoMakesNoCall) {
  MayflydWorld world;
  const Answer answer = CallRaw(world.channel(), "/mayfly.v1.Trust/GetHealth", "");
  ASSERT_TRUE(answer.ok()) << answer;
  const absl::Time start = absl::Now();
  EXPECT_EQ(world.Stop(), 0) << world.Log();
  EXPECT_LT(absl::Now() - start, absl::Seconds(4)) << "gRPC alone takes at least five";
}

}  // namespace
}  // namespace mayfly
