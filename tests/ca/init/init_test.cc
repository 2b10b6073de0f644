#include "ca/init/init.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "base/file.h"
#include "ca/authn/users_loader.h"
#include "ca/config/config.h"
#include "ca/keys/key_ring.h"
#include "ca/keys/tls_identity.h"
#include "ca/ledger/ledger.h"
#include "ca/policy/policy_loader.h"
#include "ca/store/store.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_random.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::init {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::set<std::string> Files(const std::string& folder) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    files.insert(std::filesystem::relative(entry.path(), folder).string());
  }
  return files;
}

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

class InitTest : public ::testing::Test {
 protected:
  InitTest() {
    const std::string key = JoinPath(folder_.path(), "alice");
    EXPECT_EQ(mayfly::Run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key}).exit_code, 0);
    options_.directory = JoinPath(folder_.path(), "ca");
    options_.name = "Example \"of\" \\ a: CA";
    options_.addresses = {"ca.example.com"};
    options_.operators = {FirstOperator::Parse("alice=" + key + ".pub").value()};
    options_.passphrase_source = "prompt";
    options_.cost = keys::KeyFileCost::kInteractive;
  }

  absl::StatusOr<InitReport> Init() { return Initialize(options_, passphrase_, clock_, random_); }
  std::string At(std::string_view name) const { return JoinPath(options_.directory, name); }
  absl::StatusOr<config::Config> Configuration() {
    return config::LoadConfigFile(At("mayflyd.yaml"));
  }

  TemporaryDirectory folder_ = TemporaryDirectory::Create("init").value();
  FakeClock clock_;
  FakeRandom random_;
  SecretBytes passphrase_ = SecretBytes::CopyOf(AsBytes("correct horse"));
  InitOptions options_;
};

TEST_F(InitTest, MakesAFolderThatEveryReaderTakes) {
  ASSERT_OK_AND_ASSIGN(const InitReport report, Init());
  ASSERT_OK_AND_ASSIGN(const config::Config config, Configuration());
  EXPECT_EQ(config.name, options_.name);
  EXPECT_THAT(config.addresses, ElementsAre("ca.example.com:7443"));
  EXPECT_THAT(config.listen, ElementsAre("[::]:7443"));

  ASSERT_OK_AND_ASSIGN(const keys::KeyRing ring,
                       keys::KeyRing::Open(config.keys_directory, passphrase_));
  EXPECT_EQ(ring.ca_id(), report.ca_id);
  EXPECT_EQ(ring.ca(ssh::CertificateKind::kUser).signer->public_key().Fingerprint().text,
            report.user_ca);
  EXPECT_EQ(ring.ca(ssh::CertificateKind::kHost).signer->public_key().Fingerprint().text,
            report.host_ca);

  ASSERT_EQ(config.authenticators.size(), 2u);
  const auto& people = std::get<config::SshKeyAuthenticator>(config.authenticators[0].method);
  ASSERT_OK_AND_ASSIGN(const authn::UserDirectory users, authn::LoadUsersFile(people.users_path));
  const authn::User* alice = users.FindByKey(options_.operators[0].key);
  ASSERT_NE(alice, nullptr);
  EXPECT_EQ(alice->name, "alice");
  EXPECT_THAT(alice->groups, Contains("operators"));

  EXPECT_OK(policy::LoadPolicySet(config.policies_path));
  ASSERT_OK_AND_ASSIGN(const std::string pem, ReadFile(config.tls_path));
  EXPECT_OK(keys::SpkiPin(pem));
}

TEST_F(InitTest, MakesARecoveryKeyThatIsNoneOfTheOthers) {
  ASSERT_OK_AND_ASSIGN(const InitReport report, Init());
  ASSERT_OK_AND_ASSIGN(const keys::OpenedKey recovery,
                       keys::OpenKeyFile(report.recovery_key_path, passphrase_));
  EXPECT_EQ(recovery.header.role, "recovery");
  ASSERT_OK_AND_ASSIGN(const keys::KeyRing ring, keys::KeyRing::Open(At("keys"), passphrase_));
  EXPECT_FALSE(ring.IsOurs(recovery.header.public_key));
  EXPECT_THAT(keys::OpenKeyFile(report.recovery_key_path, SecretBytes::CopyOf(AsBytes("wrong"))),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(InitTest, RecordsTheBeginningInTheLedger) {
  ASSERT_OK_AND_ASSIGN(const InitReport report, Init());
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<store::Store> store,
                       store::OpenSqliteStore(At("state/ledger.db")));
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<ledger::Ledger> ledger,
                       ledger::Ledger::Open(std::move(store), clock_, random_));
  ASSERT_OK_AND_ASSIGN(const std::vector<ledger::StoredEvent> events, ledger->RecentEvents(10));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_THAT(events[2].json, HasSubstr(report.ca_id));
  EXPECT_THAT(events[1].json, HasSubstr(report.user_ca));
  EXPECT_THAT(events[0].json, HasSubstr(report.host_ca));
}

TEST_F(InitTest, LetsNobodyElseRead) {
  ASSERT_OK(Init());
  EXPECT_EQ(ModeOf(options_.directory), 0700u);
  for (const char* secret : {"keys/trust.key", "keys/user-ca.key", "keys/host-ca.key",
                             "recovery.key", "tls.pem", "state/ledger.db"}) {
    EXPECT_EQ(ModeOf(At(secret)), 0600u) << secret;
  }
  for (const char* reviewed : {"mayflyd.yaml", "users.yaml"}) {
    EXPECT_EQ(ModeOf(At(reviewed)) & 022u, 0u) << reviewed;
  }
}

TEST_F(InitTest, WritesNoKeyInTheClear) {
  ASSERT_OK(Init());
  for (const char* sealed :
       {"keys/trust.key", "keys/user-ca.key", "keys/host-ca.key", "recovery.key"}) {
    ASSERT_OK_AND_ASSIGN(const std::string text, ReadFile(At(sealed)));
    EXPECT_THAT(text, Not(HasSubstr("BEGIN OPENSSH PRIVATE KEY"))) << sealed;
  }
}

TEST_F(InitTest, LeavesNothingBesideTheFolder) {
  ASSERT_OK(Init());
  EXPECT_FALSE(FileExists(options_.directory + ".new"));
  for (const std::string& file : Files(options_.directory)) {
    EXPECT_THAT(file, Not(HasSubstr(".tmp"))) << file;
  }
}

TEST_F(InitTest, TakesAnEmptyFolder) {
  ASSERT_OK(MakeDirectory(options_.directory, 0755));
  ASSERT_OK(Init());
  EXPECT_EQ(ModeOf(options_.directory), 0700u);
}

TEST_F(InitTest, TakesAFolderWithASlashBehindIt) {
  options_.directory += "/";
  ASSERT_OK_AND_ASSIGN(const InitReport report, Init());
  EXPECT_OK(Configuration());
  EXPECT_EQ(report.directory, JoinPath(folder_.path(), "ca"));
}

TEST_F(InitTest, RefusesAnOperatorOrAKeyTwice) {
  const FirstOperator alice = options_.operators[0];
  options_.operators = {alice, FirstOperator{"bob", alice.key}};
  EXPECT_THAT(Init(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--operator: bob")));
  options_.operators = {alice, alice};
  EXPECT_THAT(Init(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--operator: alice")));
  EXPECT_FALSE(FileExists(options_.directory));
}

TEST_F(InitTest, NeverOverwritesACa) {
  ASSERT_OK(Init());
  const std::set<std::string> before = Files(folder_.path());
  ASSERT_OK_AND_ASSIGN(const std::string trust, ReadFile(At("keys/trust.key")));
  EXPECT_THAT(Init(), StatusIs(absl::StatusCode::kAlreadyExists,
                               options_.directory +
                                   ": exists and is not empty; a CA is never overwritten, choose "
                                   "another --directory"));
  EXPECT_EQ(Files(folder_.path()), before);
  EXPECT_THAT(ReadFile(At("keys/trust.key")), IsOkAndHolds(trust));
}

TEST_F(InitTest, NeverOverwritesAFile) {
  ASSERT_OK(CreateFile(options_.directory, "mine", 0600));
  EXPECT_THAT(Init(), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(ReadFile(options_.directory), IsOkAndHolds(std::string("mine")));
}

TEST_F(InitTest, DoesNotBuildOnWhatAnInterruptedInitLeft) {
  ASSERT_OK(MakeDirectory(options_.directory + ".new", 0700));
  ASSERT_OK(CreateFile(options_.directory + ".new/tls.pem", "planted", 0600));
  EXPECT_THAT(Init(), StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("interrupted")));
  EXPECT_FALSE(FileExists(options_.directory));
}

TEST_F(InitTest, LeavesNothingWhenItFails) {
  const std::set<std::string> before = Files(folder_.path());
  const auto fails = [&](const InitOptions& options) {
    EXPECT_FALSE(Initialize(options, passphrase_, clock_, random_).ok());
    EXPECT_EQ(Files(folder_.path()), before);
  };
  InitOptions broken = options_;
  broken.addresses = {"not a host"};  // Found after the keys were made.
  fails(broken);
  broken = options_;
  broken.addresses = {};
  fails(broken);
  broken = options_;
  broken.listen = {"localhost"};
  fails(broken);
  broken = options_;
  broken.passphrase_source = "hunter2";
  fails(broken);
  broken = options_;
  broken.operators = {};
  fails(broken);
  broken = options_;
  broken.name = "a\x1b[2J";
  fails(broken);
  broken = options_;
  broken.directory = JoinPath(folder_.path(), "missing/ca");
  fails(broken);
  broken = options_;
  broken.directory = JoinPath(folder_.path(), "alice.pub/ca");  // Below a file.
  fails(broken);
}

TEST_F(InitTest, ListensOnTheLoopbackAloneWhenThatIsTheAddress) {
  options_.addresses = {"127.0.0.1:9443"};
  ASSERT_OK(Init());
  ASSERT_OK_AND_ASSIGN(const config::Config config, Configuration());
  EXPECT_THAT(config.listen, ElementsAre("127.0.0.1:9443"));
}

TEST_F(InitTest, ReadsAddressesAsPeopleWriteThem) {
  options_.addresses = {"2001:db8::1", "[2001:db8::2]:8443", "ca:7000", "192.0.2.7"};
  ASSERT_OK(Init());
  ASSERT_OK_AND_ASSIGN(const config::Config config, Configuration());
  EXPECT_THAT(config.addresses,
              ElementsAre("[2001:db8::1]:7443", "[2001:db8::2]:8443", "ca:7000", "192.0.2.7:7443"));
}

TEST_F(InitTest, MakesDifferentCas) {
  ASSERT_OK_AND_ASSIGN(const InitReport one, Init());
  options_.directory += "-2";
  ASSERT_OK_AND_ASSIGN(const InitReport two, Init());
  const std::set<std::string> keys = {one.ca_id, one.user_ca, one.host_ca,
                                      two.ca_id, two.user_ca, two.host_ca};
  EXPECT_EQ(keys.size(), 6u);
}

class FirstOperatorTest : public InitTest {
 protected:
  std::string Key(const char* name) const { return JoinPath(folder_.path(), name); }
};

TEST_F(FirstOperatorTest, IsAUserAndAKeyFile) {
  ASSERT_OK_AND_ASSIGN(const FirstOperator bob, FirstOperator::Parse("bob=" + Key("alice.pub")));
  EXPECT_EQ(bob.user, "bob");
  EXPECT_EQ(bob.key, options_.operators[0].key);
}

TEST_F(FirstOperatorTest, NamesWhatIsMissing) {
  EXPECT_THAT(FirstOperator::Parse("bob"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("USER=PUBKEYFILE")));
  EXPECT_THAT(FirstOperator::Parse("bob=" + Key("missing.pub")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("missing.pub")));
  EXPECT_THAT(FirstOperator::Parse("b b=" + Key("alice.pub")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--operator")));
}

TEST_F(FirstOperatorTest, DoesNotShowAPrivateKeyThatIsGivenByMistake) {
  const absl::Status status = FirstOperator::Parse("bob=" + Key("alice")).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(const std::string secret, ReadFile(Key("alice")));
  const size_t base64 = secret.find('\n') + 1;
  EXPECT_THAT(Message(status), Not(HasSubstr(secret.substr(base64, 16))));
}

TEST_F(FirstOperatorTest, RefusesAWeakKey) {
  ASSERT_EQ(
      mayfly::Run({"ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", Key("weak")})
          .exit_code,
      0);
  EXPECT_THAT(FirstOperator::Parse("bob=" + Key("weak.pub")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1024")));
}

TEST_F(FirstOperatorTest, SaysWhatToGiveWhenThereIsNoKey) {
  setenv("SUDO_USER", "nobody-of-that-name", 1);
  const absl::Status status = FirstOperator::OfInvokingUser().status();
  unsetenv("SUDO_USER");
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--operator USER=PUBKEYFILE")));
}

}  // namespace
}  // namespace mayfly::init
