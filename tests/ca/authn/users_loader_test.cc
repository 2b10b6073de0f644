// Keys by `ssh-keygen -t … -N ''` of OpenSSH 9.2, run in the test where one will do.
#include "ca/authn/users_loader.h"

#include <sys/stat.h>

#include <string>

#include "base/file.h"
#include "fmt/format.h"
#include "tests/ca/authn/authn_world.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class UsersLoaderTest : public ::testing::Test {
 protected:
  AuthnWorld world_;  // Before what is made of it.
  std::string a_ = world_.alice.public_key().Line();
  std::string b_ = world_.stranger.public_key().Line();

  std::string ErrorOf(const std::string& text) {
    return Message(LoadUsers(text, "users.yaml").status());
  }
};

TEST_F(UsersLoaderTest, ReadsNamesGroupsAndKeys) {
  ASSERT_OK_AND_ASSIGN(const UserDirectory users,
                       LoadUsers(fmt::format("users:\n"
                                             "  - name: alice\n"
                                             "    groups: [operators, sre]\n"
                                             "    keys:\n"
                                             "      - {} alice@laptop\n"
                                             "  - name: no\n"
                                             "    keys: [\"{}\"]\n",
                                             a_, b_),
                                 "users.yaml"));
  ASSERT_EQ(users.users().size(), 2u);
  const User* alice = users.FindByKey(world_.alice.public_key());
  ASSERT_NE(alice, nullptr);
  EXPECT_EQ(alice->name, "alice");
  EXPECT_THAT(alice->groups, ElementsAre("operators", "sre"));
  ASSERT_NE(users.FindByName("no"), nullptr);  // A name, not a false.
  EXPECT_THAT(users.FindByName("no")->groups, IsEmpty());
  EXPECT_EQ(users.FindByName("bob"), nullptr);
  EXPECT_EQ(users.FindByKey(world_.token.public_key()), nullptr);
}

TEST_F(UsersLoaderTest, TakesAFileWithNobodyInIt) {
  ASSERT_OK_AND_ASSIGN(const UserDirectory users, LoadUsers("users: []\n", "users.yaml"));
  EXPECT_THAT(users.users(), IsEmpty());
}

TEST_F(UsersLoaderTest, PointsAtAnUnknownField) {
  EXPECT_EQ(ErrorOf("users:\n  - name: alice\n    group: [sre]\n    keys: []\n"),
            "users.yaml:3:5: unknown field \"group\"; did you mean \"groups\"?\n"
            "      group: [sre]\n"
            "      ^");
}

TEST_F(UsersLoaderTest, PointsAtANameThatIsThereTwiceAndAtTheFirst) {
  EXPECT_EQ(ErrorOf(fmt::format("users:\n"
                                "  - name: alice\n"
                                "    keys: [{}]\n"
                                "  - name: alice\n"
                                "    keys: [{}]\n",
                                a_, b_)),
            "users.yaml:4:11: the user \"alice\" is there already, on line 2:11\n"
            "    - name: alice\n"
            "            ^");
}

TEST_F(UsersLoaderTest, PointsAtAKeyOfTwoUsers) {
  const std::string error =
      ErrorOf(fmt::format("users:\n"
                          "  - name: alice\n"
                          "    keys:\n"
                          "      - {}\n"
                          "  - name: bob\n"
                          "    keys:\n"
                          "      - {} the same with a comment\n",
                          a_, a_));
  EXPECT_THAT(error, HasSubstr(fmt::format("users.yaml:7:9: the key {} is there already, as a key "
                                           "of \"alice\" on line 4:9\n",
                                           world_.alice.public_key().Fingerprint().text)));
}

TEST_F(UsersLoaderTest, ReportsEveryMistakeOfAFile) {
  const std::string error = ErrorOf(
      "users:\n"
      "  - name: -x\n"
      "    keys: [ssh-ed25519 AAAA]\n"
      "  - groups: [\"a b\", sre, sre]\n");
  EXPECT_THAT(error, HasSubstr("users.yaml:2:11: '-x' is not a user name"));
  EXPECT_THAT(error, HasSubstr("users.yaml:3:12: "));
  EXPECT_THAT(error, HasSubstr("users.yaml:4:5: a user needs a \"name\""));
  EXPECT_THAT(error, HasSubstr("users.yaml:4:5: a user needs \"keys\""));
  EXPECT_THAT(error, HasSubstr("\"a b\" is not a group"));
  EXPECT_THAT(error, HasSubstr("the group \"sre\" is there twice"));
}

TEST_F(UsersLoaderTest, RefusesOptionsBeforeAKey) {
  EXPECT_THAT(LoadUsers(fmt::format("users:\n  - name: a\n    keys: ['restrict {}']\n", a_), "u"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("u:3:12: ")));
  EXPECT_THAT(
      LoadUsers(fmt::format("users:\n  - name: a\n    keys: ['command=\"x\" {}']\n", a_), "u"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("u:3:12: ")));
}

TEST_F(UsersLoaderTest, RefusesTwoLinesInOneKey) {
  EXPECT_THAT(LoadUsers(fmt::format("users:\n  - name: a\n    keys: [\"{}\\n{}\"]\n", a_, b_), "u"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("u:3:12: ")));
}

TEST_F(UsersLoaderTest, RefusesWeakKeysAndCertificatesOfSshKeygen) {
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("users"));
  const auto at = [&](const char* name) { return JoinPath(folder.path(), name); };
  ASSERT_EQ(mayfly::Run({"ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", at("rsa")})
                .exit_code,
            0);
  ASSERT_EQ(mayfly::Run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", at("ca")}).exit_code,
            0);
  ASSERT_EQ(
      mayfly::Run({"ssh-keygen", "-q", "-s", at("ca"), "-I", "x", "-n", "alice", at("rsa.pub")})
          .exit_code,
      0);
  const auto text_with = [&](const char* name) {
    return fmt::format("users:\n  - name: a\n    keys:\n      - |\n        {}",
                       ReadFile(at(name)).value());
  };
  EXPECT_THAT(LoadUsers(text_with("rsa.pub"), "u"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2048")));
  EXPECT_OK(LoadUsers(text_with("rsa.pub"), "u", {.min_rsa_bits = 2048}));
  EXPECT_THAT(LoadUsers(text_with("rsa-cert.pub"), "u", {.min_rsa_bits = 2048}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("certificate")));
  EXPECT_OK(LoadUsers(text_with("ca.pub"), "u"));
}

TEST_F(UsersLoaderTest, DoesNotPassOnWhatFoolsATerminal) {
  const std::string error =
      ErrorOf("users:\n  - name: \"a\\e[2Jb\"\n    keys: [\"\\e[2J\"]\n    groups: [\"\\e[2J\"]\n");
  EXPECT_NE(error, "");
  EXPECT_EQ(error.find('\x1b'), std::string::npos);
}

TEST_F(UsersLoaderTest, RefusesAFileThatAnybodyMayWriteTo) {
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::Create("users"));
  const std::string path = JoinPath(folder.path(), "users.yaml");
  ASSERT_OK(CreateFile(path, fmt::format("users:\n  - name: a\n    keys: [{}]\n", a_), 0644));
  EXPECT_OK(LoadUsersFile(path));
  ASSERT_EQ(chmod(path.c_str(), 0646), 0);
  EXPECT_THAT(LoadUsersFile(path),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("chmod o-w")));
  EXPECT_THAT(LoadUsersFile(path + ".missing"), StatusIs(absl::StatusCode::kNotFound));
}

TEST(UserDirectory, RefusesANameOrAKeyTwice) {
  AuthnWorld world;
  const ssh::PublicKey key = world.alice.public_key();
  EXPECT_THAT(UserDirectory::Create({User{"a", {}, {key}}, User{"b", {}, {key}}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("both a and b")));
  EXPECT_THAT(UserDirectory::Create({User{"a", {}, {}}, User{"a", {}, {}}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("twice")));
}

}  // namespace
}  // namespace mayfly::authn
