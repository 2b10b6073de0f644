#include "ca/authn/user_directory.h"

#include "ssh/private_key.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::authn {
namespace {

using ::testing::HasSubstr;

class UserDirectoryTest : public ::testing::Test {
 protected:
  ssh::PublicKey Key() {
    return ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random_).value().public_key();
  }
  FakeRandom random_;
  const User alice_{"alice", {"engineering"}, {Key()}};
  const User bob_{"bob", {}, {Key()}};
};

TEST_F(UserDirectoryTest, MergesFileAndCalls) {
  ASSERT_OK_AND_ASSIGN(const UserDirectory file, UserDirectory::Create({alice_}));
  ASSERT_OK_AND_ASSIGN(const UserDirectory all, UserDirectory::Merge(file, {bob_}));
  EXPECT_EQ(all.FindByKey(alice_.keys[0])->name, "alice");
  EXPECT_EQ(all.FindByKey(bob_.keys[0])->name, "bob");
}

TEST_F(UserDirectoryTest, ANameInBothIsAnError) {
  ASSERT_OK_AND_ASSIGN(const UserDirectory file, UserDirectory::Create({alice_}));
  EXPECT_THAT(UserDirectory::Merge(file, {User{"alice", {}, {Key()}}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("alice stands in the users file and is enrolled by a call")));
}

TEST_F(UserDirectoryTest, AKeyInBothIsAnError) {
  ASSERT_OK_AND_ASSIGN(const UserDirectory file, UserDirectory::Create({alice_}));
  EXPECT_THAT(UserDirectory::Merge(file, {User{"eve", {}, alice_.keys}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("as a key of alice")));
}

TEST_F(UserDirectoryTest, ACallEnrolsOnlyWhatCanBe) {
  EXPECT_OK(CheckUser(alice_, {}));
  const auto refused = [&](const std::string& name, const std::vector<std::string>& groups,
                           const std::vector<ssh::PublicKey>& keys, const std::string& why) {
    EXPECT_THAT(CheckUser(User{name, groups, keys}, {}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)))
        << name;
  };
  refused("root", {}, {Key()}, "system account");
  refused("-oProxyCommand=x", {}, {Key()}, "not a user name");
  refused("\xd0\xb0lice", {}, {Key()}, "not a user name");  // A Cyrillic a.
  refused(std::string(300, 'a'), {}, {Key()}, "not a user name");
  refused("bob", {"a b"}, {Key()}, "not a group");
  refused("bob", {"sre", "sre"}, {Key()}, "twice");
  refused("bob", {}, {}, "at least one SSH public key");
}

}  // namespace
}  // namespace mayfly::authn
