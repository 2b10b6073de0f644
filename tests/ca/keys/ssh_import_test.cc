// Runs mayfly-import-key on keys that ssh-keygen makes.
#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "ca/keys/key_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ca/keys/keys_world.h"
#include "tests/testing/paths.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::keys {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

constexpr char kOldPassphrase[] = "the old passphrase";

struct SshKeygenCase {
  std::string name;
  std::vector<std::string> arguments;  // Of ssh-keygen.
  bool encrypted = true;
};

class ImportWorld {
 protected:
  ImportWorld() : folder_(*TemporaryDirectory::Create("import")) {
    WriteSecret("old", std::string(kOldPassphrase) + "\n");
    WriteSecret("new", std::string(kPassphrase) + "\n");
  }
  std::string Path(std::string_view name) { return JoinPath(folder_.path(), name); }
  void WriteSecret(std::string_view name, std::string_view contents) {
    MAYFLY_CHECK(WriteFileAtomically(Path(name), contents, 0600).ok());
  }
  void Keygen(std::vector<std::string> arguments, bool encrypted = true) {
    std::vector<std::string> argv = {
        "ssh-keygen", "-q", "-f", Path("id_ca"), "-N", encrypted ? kOldPassphrase : "", "-C", "ca"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const ProcessResult made = mayfly::Run(argv);
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  ProcessResult Import(const std::string& in_passphrase = "old") {
    return mayfly::Run({testing::BuildPath("bin/mayfly-import-key"), "--role", "user-ca", "--in",
                        Path("id_ca"), "--in-passphrase", "file:" + Path(in_passphrase), "--out",
                        Path("user-ca.key"), "--passphrase", "file:" + Path("new")});
  }
  void ExpectRefused(const ProcessResult& result, const std::string& why) {
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, AllOf(HasSubstr(why), Not(HasSubstr(kOldPassphrase)),
                                  Not(HasSubstr(std::string(kPassphrase)))));
    EXPECT_EQ(result.out, "");
    EXPECT_FALSE(FileExists(Path("user-ca.key")));
  }
  TemporaryDirectory folder_;
};

class ImportOf : public ImportWorld, public TestWithParam<SshKeygenCase> {};
INSTANTIATE_TEST_SUITE_P(
    SshKeygen, ImportOf,
    ValuesIn(std::vector<SshKeygenCase>{
        {"Ed25519", {"-t", "ed25519"}},
        {"Ed25519Plain", {"-t", "ed25519"}, false},
        {"Ed25519Ctr", {"-t", "ed25519", "-Z", "aes256-ctr"}},
        {"Ed25519Cbc", {"-t", "ed25519", "-Z", "aes256-cbc"}},
        {"Ed25519Gcm", {"-t", "ed25519", "-Z", "aes256-gcm@openssh.com"}},
        {"Ed25519Chacha", {"-t", "ed25519", "-Z", "chacha20-poly1305@openssh.com"}},
        {"Ed25519FewRounds", {"-t", "ed25519", "-a", "1"}},
        {"EcdsaP256", {"-t", "ecdsa", "-b", "256"}},
        {"EcdsaP384Gcm", {"-t", "ecdsa", "-b", "384", "-Z", "aes256-gcm@openssh.com"}},
        {"EcdsaP521", {"-t", "ecdsa", "-b", "521"}},
        {"EcdsaP521Plain", {"-t", "ecdsa", "-b", "521"}, false},
        {"Rsa3072", {"-t", "rsa", "-b", "3072"}},
        {"Rsa3072PemPlain", {"-t", "rsa", "-b", "3072", "-m", "PEM"}, false},
        {"Rsa4096Plain", {"-t", "rsa", "-b", "4096"}, false},
    }),
    [](const auto& tested) { return tested.param.name; });

TEST_P(ImportOf, OpensAsTheSameKeyAndIsMarkedAsAdopted) {
  Keygen(GetParam().arguments, GetParam().encrypted);
  const int64_t before = absl::ToUnixSeconds(absl::Now());
  const ProcessResult imported = Import();
  ASSERT_EQ(imported.exit_code, 0) << imported.err;

  ASSERT_OK_AND_ASSIGN(const std::string line, ReadFile(Path("id_ca.pub")));
  ASSERT_OK_AND_ASSIGN(const ssh::PublicKey expected, ssh::PublicKey::ParseLine(line));
  ASSERT_OK_AND_ASSIGN(const OpenedKey opened,
                       OpenKeyFile(Path("user-ca.key"), Secret(kPassphrase)));
  EXPECT_EQ(opened.key.public_key(), expected);
  EXPECT_EQ(opened.header.role, "user-ca");
  EXPECT_EQ(opened.header.origin, KeyOrigin::kAdopted);
  EXPECT_GE(opened.header.since_unix_s, before);
  EXPECT_LE(opened.header.since_unix_s, absl::ToUnixSeconds(absl::Now()));
  EXPECT_EQ(imported.out, expected.Fingerprint().text + "\n");
  EXPECT_THAT(imported.err, HasSubstr("restart mayflyd"));
}

class Import : public ImportWorld, public ::testing::Test {};

TEST_F(Import, RefusesAnotherPassphrase) {
  for (const char* cipher : {"aes256-ctr", "aes256-gcm@openssh.com"}) {
    Keygen({"-t", "ed25519", "-Z", cipher});
    ExpectRefused(ImportWorld::Import("new"), "passphrase of the key is wrong");
    ASSERT_OK(RemoveFile(Path("id_ca")));
  }
}

TEST_F(Import, RefusesAWeakKey) {
  Keygen({"-t", "rsa", "-b", "2048"}, /*encrypted=*/false);
  ExpectRefused(ImportWorld::Import(), "3072");
}

TEST_F(Import, RefusesAPublicKey) {
  Keygen({"-t", "ed25519"});
  ASSERT_EQ(rename(Path("id_ca.pub").c_str(), Path("id_ca").c_str()), 0);
  ASSERT_EQ(chmod(Path("id_ca").c_str(), 0600), 0);
  ExpectRefused(ImportWorld::Import(), "public key");
}

TEST_F(Import, RefusesAKeyThatOthersCanRead) {
  Keygen({"-t", "ed25519"});
  ASSERT_EQ(chmod(Path("id_ca").c_str(), 0644), 0);
  ExpectRefused(ImportWorld::Import(), "chmod 600");
}

TEST_F(Import, RefusesAShortNewPassphrase) {
  Keygen({"-t", "ed25519"});
  WriteSecret("new", "seven77\n");
  ExpectRefused(ImportWorld::Import(), "at least 8");
}

TEST_F(Import, NamesAMissingKey) { ExpectRefused(ImportWorld::Import(), Path("id_ca")); }

TEST_F(Import, NeverOverwrites) {
  Keygen({"-t", "ed25519"});
  WriteSecret("user-ca.key", "precious");
  const ProcessResult refused = ImportWorld::Import();
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("never overwritten"));
  ASSERT_OK_AND_ASSIGN(const std::string kept, ReadFile(Path("user-ca.key")));
  EXPECT_EQ(kept, "precious");
}

TEST_F(Import, TellsUsageFromFailure) {
  const std::string program = testing::BuildPath("bin/mayfly-import-key");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"--role", "trust", "--in", "a", "--out", "b"},
           {"--role", "user-ca", "--in", "a", "--out", "b", "--passphrase", "hunter2hunter2"},
           {"--role", "user-ca", "--in", "a", "--out", "b", "--what"}}) {
    std::vector<std::string> argv = {program};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const ProcessResult result = mayfly::Run(argv);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_THAT(result.err, Not(HasSubstr("hunter2")));
  }
  const ProcessResult help = mayfly::Run({program, "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("Example:"));
}

}  // namespace
}  // namespace mayfly::keys
