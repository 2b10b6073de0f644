// Whatever is wrong with a new set is told with its place, and the last good one stays in force.
#include "ca/issuance/policy_in_force.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "tests/ca/ledger/ledger_fixture.h"

namespace mayfly::issuance {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

constexpr char kGood[] = R"(grants:
  - name: a
    for: {realm: people, groups: [x]}
    user_certificate: {hosts: any, logins: [y], lifetime: {default: 1h, max: 1h}}
)";

std::string Repeated(std::string_view text, int count) {
  std::string repeated;
  for (int i = 0; i < count; ++i) repeated += text;
  return repeated;
}

// The good set with `old` made `with`.
std::string Good(const std::string& old, const std::string& with) {
  std::string text = kGood;
  const size_t at = text.find(old);
  MAYFLY_CHECK(at != std::string::npos);
  return text.replace(at, old.size(), with);
}

struct BadSet {
  const char* name;
  std::string text;   // Of its only file …
  std::string error;  // … and what is said, with the place.
};
std::vector<BadSet> BadSets() {
  const std::string hours = "[x], hours: {days: mon-fri, between: ";
  return {
      {"UnknownField", Good("logins", "lgoins"), "a.yaml:4:36: unknown field \"lgoins\""},
      {"UnknownValue", Good("any", "any, keys: {types: [ed25518]}"), "did you mean \"ed25519\"?"},
      {"NameTwice", kGood + std::string(kGood).substr(8), "a.yaml:5:11: grant \"a\" is there"},
      {"PlaceholderWithoutValue", Good("[y]", "[\"${claims}\"]"), "is no placeholder"},
      {"ListForOneValue", Good("any", "any, custom_extensions: {login@github.com: \"${groups}\"}"),
       "a.yaml:4:74: ${groups} is a list"},
      {"ImpossibleHours", Good("[x]", hours + "\"25:00-26:00\", zone: UTC}"), "are no hours"},
      {"UnknownZone", Good("[x]", hours + "\"01:00-02:00\", zone: Europe/Berln}"),
       "did you mean Europe/Berlin?"},
      {"HostBits", Good("[x]", "[x], networks: [10.1.2.3/8]"),
       "a.yaml:3:50: '10.1.2.3/8' has bits"},
      {"CyclicSets", "groups:\n  a: [set:b]\n  b: [x, set:a]\n" + std::string(kGood),
       "a.yaml:3:10: the set \"a\" would hold itself"},
      {"AliasBomb", "grants: &a [x, x]\ngroups: {b: [*a, *a]}\n", "a.yaml:1:9: anchors"},
      {"ThousandLevels", "grants: " + Repeated("[", 1000) + Repeated("]", 1000) + "\n",
       "a.yaml:1:72: nested deeper than 64 levels"},
      {"NotUtf8", Good("[x]", "[\"\xff\"]"), "a.yaml:3:36: byte \\xff is not valid UTF-8"},
      {"HalfWritten", std::string(kGood).substr(0, 100), "a.yaml:4:"},
      {"Empty", "", "a.yaml:1:1: the document is empty"},
  };
}

class PolicyInForceTest : public ledger::LedgerTest {
 protected:
  void SetUp() override {
    ledger::LedgerTest::SetUp();
    Put("good", kGood);
    Switch("good");
    ASSERT_OK_AND_ASSIGN(policy_, PolicyInForce::Load(At("current"), ledger(), *log_));
  }
  std::string At(const std::string& path) const { return JoinPath(sets_.path(), path); }
  void Put(const std::string& set, const std::string& text) {
    fs::create_directories(At(set));
    ASSERT_OK(WriteFileAtomically(At(set + "/a.yaml"), text, 0644));
  }
  void Switch(const std::string& set) {
    fs::remove(At("current"));
    fs::create_directory_symlink(set, At("current"));
  }
  // Switches to `set`, which is refused with `error`, and the good one decides on.
  void IsRefused(const std::string& set, const std::string& error) {
    const auto before = policy_->Current();
    Switch(set);
    EXPECT_TRUE(policy_->LinkSwitched());
    // Not of the call: whoever applies it reads the sentence, whatever went wrong with the files.
    EXPECT_THAT(policy_->Reload(/*allow_widening=*/true, "test"),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(error)));
    EXPECT_EQ(policy_->Current(), before);
    EXPECT_FALSE(policy_->LinkSwitched());  // Said once, not every second.
    EXPECT_EQ(EventTypes().back(), "policy_refused");
  }

  const std::unique_ptr<Log> log_ = MakeNullLog();
  TemporaryDirectory sets_ = TemporaryDirectory::Create("sets").value();
  std::unique_ptr<PolicyInForce> policy_;
};

class BadSetInForce : public PolicyInForceTest, public ::testing::WithParamInterface<BadSet> {};
TEST_P(BadSetInForce, IsRefusedWithItsPlace) {
  Put("bad", GetParam().text);
  IsRefused("bad", GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(All, BadSetInForce, ::testing::ValuesIn(BadSets()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(PolicyInForceTest, ALinkThatLeadsNowhereIsRefused) {
  IsRefused("gone", "policy folder " + At("current") + ": a link that leads nowhere: to gone");
}

TEST_F(PolicyInForceTest, AFileThatLeadsNowhereIsRefused) {
  fs::create_directory(At("bad"));
  fs::create_symlink("gone.yaml", At("bad/a.yaml"));
  IsRefused("bad", At("current/a.yaml") + ": a link that leads nowhere");
}

TEST_F(PolicyInForceTest, AFolderWithoutPoliciesIsRefused) {
  fs::create_directory(At("bad"));
  IsRefused("bad", "holds no policy file");
}

TEST_F(PolicyInForceTest, AHundredMegabytesAreRefused) {
  Put("bad", kGood);
  ASSERT_EQ(truncate(At("bad/a.yaml").c_str(), 100'000'000), 0);  // A hole: it takes no room.
  IsRefused("bad", At("current/a.yaml") + ": too large");
}

TEST_F(PolicyInForceTest, AnUnreadableFolderIsRefused) {
  Put("bad", kGood);
  ASSERT_EQ(chmod(sets_.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(At("bad").c_str(), 0), 0);
  Switch("bad");
  const auto before = policy_->Current();
  // Root may read everything, so this thread is nobody for a moment.
  const bool root = geteuid() == 0;
  if (root) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const auto reloaded = policy_->Reload(/*allow_widening=*/true, "test");
  if (root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_THAT(reloaded,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Permission denied")));
  EXPECT_EQ(policy_->Current(), before);
  ASSERT_EQ(chmod(At("bad").c_str(), 0755), 0);
}

TEST_F(PolicyInForceTest, AGoodSetIsTakenAfterABadOne) {
  Put("bad", "grants: [\n");
  IsRefused("bad", "a.yaml:");
  Put("next", Good("[y]", "[z]"));
  Switch("next");
  EXPECT_TRUE(policy_->LinkSwitched());
  EXPECT_OK(policy_->Reload(/*allow_widening=*/false, "test"));
  EXPECT_EQ(policy_->Current()->grants().front().user()->logins.front().literal, "z");
}

}  // namespace
}  // namespace mayfly::issuance
