#include "ca/keys/passphrase.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::keys {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::TestWithParam;
using ::testing::ValuesIn;

using Kind = PassphraseSource::Kind;

std::string Exposed(const SecretBytes& secret) {
  return secret.Expose([](BytesView bytes) { return ToText(bytes); });
}

TEST(PassphraseSource, ReadsWhatItWrites) {
  for (const PassphraseSource& source :
       {PassphraseSource{}, PassphraseSource{Kind::kFile, "/etc/mayfly/passphrase"},
        PassphraseSource{Kind::kFile, "relative:with colon"},
        PassphraseSource{Kind::kDescriptor, "", 3}, PassphraseSource{Kind::kDescriptor, "", 0},
        PassphraseSource{Kind::kCredential, "mayfly.passphrase"}}) {
    EXPECT_THAT(PassphraseSource::Parse(source.ToString()), IsOkAndHolds(source));
  }
}

class NotAPassphraseSource : public TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(PassphraseSource, NotAPassphraseSource,
                         ValuesIn(std::vector<const char*>{
                             "", "hunter2hunter2", "/etc/passphrase", "prompt:", "Prompt",
                             "file:", "fd:", "fd:-1", "fd:3x", "fd: 3", "fd:99999999999999999999",
                             "credential:", "credential:a/b", "credential:..",
                             "pass:hunter2hunter2", "env:SECRET"}));
TEST_P(NotAPassphraseSource, IsRefusedWithTheForms) {
  EXPECT_THAT(PassphraseSource::Parse(GetParam()),
              StatusIs(kInvalid, AllOf(HasSubstr("file:/path"), HasSubstr("fd:NUMBER"),
                                       HasSubstr("credential:NAME"), HasSubstr("prompt"))));
}
// Somebody will put the passphrase where its source belongs.
TEST_P(NotAPassphraseSource, IsNotRepeated) {
  EXPECT_THAT(Message(PassphraseSource::Parse(GetParam()).status()), Not(HasSubstr("hunter2")));
}

class PassphraseFrom : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(TemporaryDirectory folder, TemporaryDirectory::Create("passphrase"));
    folder_ = std::make_unique<TemporaryDirectory>(std::move(folder));
    path_ = JoinPath(folder_->path(), "name");
  }
  void TearDown() override { unsetenv("CREDENTIALS_DIRECTORY"); }
  void Write(const std::string& contents, mode_t mode = 0600) {
    ASSERT_OK(WriteFileAtomically(path_, contents, mode));
  }
  absl::StatusOr<SecretBytes> FromFile(bool confirm = false) {
    return ReadPassphrase({Kind::kFile, path_}, "passphrase", confirm);
  }
  absl::StatusOr<SecretBytes> FromCredential() {
    return ReadPassphrase({Kind::kCredential, "name"}, "passphrase", /*confirm=*/false);
  }
  std::unique_ptr<TemporaryDirectory> folder_;
  std::string path_;
};

TEST_F(PassphraseFrom, AFileLosesOneNewline) {
  for (const auto& [contents, expected] :
       std::vector<std::pair<std::string, std::string>>{{"secret words", "secret words"},
                                                        {"secret words\n", "secret words"},
                                                        {"secret words\n\n", "secret words\n"},
                                                        {" secret\twords ", " secret\twords "}}) {
    Write(contents);
    ASSERT_OK_AND_ASSIGN(const SecretBytes passphrase, FromFile());
    EXPECT_EQ(Exposed(passphrase), expected);
  }
}

TEST_F(PassphraseFrom, AFileThatOthersReadIsRefused) {
  Write("secret words\n", 0644);
  EXPECT_THAT(FromFile(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                   AllOf(HasSubstr("chmod 600"), Not(HasSubstr("secret words")))));
}

TEST_F(PassphraseFrom, AnEmptyFileIsRefused) {
  for (const char* contents : {"", "\n"}) {
    Write(contents);
    EXPECT_THAT(FromFile(), StatusIs(kInvalid, HasSubstr("empty")));
  }
}

TEST_F(PassphraseFrom, AFileHasAtMost1024Bytes) {
  Write(std::string(kMaxPassphraseSize, 'p') + "\n");
  EXPECT_OK(FromFile());
  Write(std::string(kMaxPassphraseSize + 1, 'p'));
  EXPECT_THAT(FromFile(), StatusIs(kInvalid, HasSubstr("1024")));
  Write(std::string(100000, 'p'));
  EXPECT_FALSE(FromFile().ok());
}

TEST_F(PassphraseFrom, AFileForANewKeyHasAtLeast8Bytes) {
  Write("1234567\n");
  EXPECT_OK(FromFile(/*confirm=*/false));
  EXPECT_THAT(FromFile(/*confirm=*/true),
              StatusIs(kInvalid, AllOf(HasSubstr("at least 8"), Not(HasSubstr("1234567")))));
  Write("12345678\n");
  EXPECT_OK(FromFile(/*confirm=*/true));
}

TEST_F(PassphraseFrom, ADescriptorIsReadToItsEnd) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const FileDescriptor reader(ends[0]);
  ASSERT_EQ(write(ends[1], "secret words\n", 13), 13);
  close(ends[1]);
  ASSERT_OK_AND_ASSIGN(const SecretBytes passphrase,
                       ReadPassphrase({Kind::kDescriptor, "", ends[0]}, "passphrase", false));
  EXPECT_EQ(Exposed(passphrase), "secret words");
  EXPECT_THAT(ReadPassphrase({Kind::kDescriptor, "", ends[0]}, "passphrase", false),
              StatusIs(kInvalid, HasSubstr("empty")));
}

TEST_F(PassphraseFrom, AClosedDescriptorIsAnError) {
  EXPECT_THAT(ReadPassphrase({Kind::kDescriptor, "", 987}, "passphrase", false).status(),
              Not(IsOk()));
}

// As systemd leaves it where the file system has ACLs: root's, and seemingly open to a group.
TEST_F(PassphraseFrom, ACredentialMayBeReadableByAGroup) {
  Write("secret words\n", 0440);
  setenv("CREDENTIALS_DIRECTORY", folder_->path().c_str(), 1);
  ASSERT_OK_AND_ASSIGN(const SecretBytes passphrase, FromCredential());
  EXPECT_EQ(Exposed(passphrase), "secret words");
}

TEST_F(PassphraseFrom, ACredentialThatWasNotGivenIsNotFound) {
  setenv("CREDENTIALS_DIRECTORY", folder_->path().c_str(), 1);
  EXPECT_THAT(FromCredential(), StatusIs(absl::StatusCode::kNotFound, HasSubstr(path_)));
}

TEST_F(PassphraseFrom, ACredentialNeedsSystemd) {
  EXPECT_THAT(FromCredential(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                         AllOf(HasSubstr("$CREDENTIALS_DIRECTORY is not set"),
                                               HasSubstr("LoadCredential=name:"))));
}

}  // namespace
}  // namespace mayfly::keys
