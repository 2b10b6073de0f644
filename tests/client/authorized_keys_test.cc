#include "client/operator/authorized_keys.h"

#include "ssh/private_key.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AuthorizedKeysTest : public ::testing::Test {
 protected:
  ssh::PublicKey Key() {
    return ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random_).value().public_key();
  }
  ImportedTeam Parse(const std::string& text) { return ParseAuthorizedKeys(text, {}); }
  // The only problem of one line.
  std::string ProblemOf(const std::string& line) {
    const ImportedTeam team = Parse(line);
    EXPECT_THAT(team.users, IsEmpty()) << line;
    EXPECT_THAT(team.problems, SizeIs(1)) << line;
    return team.problems.empty() ? "" : team.problems[0].message;
  }
  FakeRandom random_;
};

TEST_F(AuthorizedKeysTest, NamesUsersByTheirComments) {
  const ssh::PublicKey alice = Key(), alice2 = Key(), bob = Key();
  const ImportedTeam team = Parse("# the team\n\n" + alice.Line("alice@laptop") + "\n  " +
                                  bob.Line("bob") + "\r\n" + alice2.Line("alice@desktop"));
  EXPECT_THAT(team.problems, IsEmpty());
  ASSERT_THAT(team.users, SizeIs(2));
  EXPECT_EQ(team.users[0].name, "alice");
  EXPECT_EQ(team.users[0].line, 3);
  EXPECT_THAT(team.users[0].keys, ElementsAre(alice, alice2));
  EXPECT_EQ(team.users[1].name, "bob");
}

TEST_F(AuthorizedKeysTest, SaysWhatIsWrongLineByLine) {
  const ssh::PublicKey key = Key();
  const ImportedTeam team =
      Parse(key.Line("alice") + "\n" + key.Line("bob") + "\nnonsense\n" + Key().Line("carol"));
  ASSERT_THAT(team.problems, SizeIs(2));
  EXPECT_EQ(team.problems[0].line, 2);
  EXPECT_EQ(team.problems[0].message, "the key stands on line 1 already");
  EXPECT_EQ(team.problems[1].line, 3);
}

TEST_F(AuthorizedKeysTest, KeepsNoOptions) {
  for (const char* options :
       {"no-pty", "from=\"10.0.0.0/8\"", "command=\"echo \\\"two words\\\"\",no-pty",
        "cert-authority", "environment=\"A=b c\""}) {
    EXPECT_THAT(ProblemOf(std::string(options) + " " + Key().Line("alice")),
                HasSubstr("are not kept"))
        << options;
  }
}

TEST_F(AuthorizedKeysTest, WantsANameOfAPerson) {
  EXPECT_THAT(ProblemOf(Key().Line()), HasSubstr("whose key is it?"));
  EXPECT_THAT(ProblemOf(Key().Line("Alice Smith")), HasSubstr("several words"));
  EXPECT_THAT(ProblemOf(Key().Line("root@host")), HasSubstr("system account"));
  EXPECT_THAT(ProblemOf(Key().Line("-oProxyCommand=x")), HasSubstr("not a user name"));
  EXPECT_THAT(ProblemOf(Key().Line("\xd0\xb0lice")), HasSubstr("not a user name"));
  EXPECT_THAT(ProblemOf(Key().Line("@host")), HasSubstr("not a user name"));
  EXPECT_THAT(ProblemOf(Key().Line(std::string(300, 'a'))), HasSubstr("not a user name"));
}

TEST_F(AuthorizedKeysTest, IsBounded) {
  const ImportedTeam team = Parse(std::string(kMaxAuthorizedKeys + 1, '\n'));
  ASSERT_THAT(team.problems, SizeIs(1));
  EXPECT_THAT(team.problems[0].message, HasSubstr("at most"));
}

}  // namespace
}  // namespace mayfly::client
