#include "base/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class File : public ::testing::Test {
 protected:
  std::string Path(std::string_view name) const { return JoinPath(directory_.path(), name); }
  static mode_t Mode(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }
  size_t Entries() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      count += entry.exists() || entry.is_symlink() ? 1 : 0;
    }
    return count;
  }
  static std::string Text(const absl::StatusOr<SecretBytes>& secret) {
    return secret.ok() ? secret->Expose([](BytesView bytes) { return ToText(bytes); })
                       : Message(secret.status());
  }

  TemporaryDirectory directory_ = *TemporaryDirectory::Create("mayfly-file-test");
};

TEST_F(File, IsReadWholeUpToTheLimit) {
  const std::string contents("a\0b\n", 4);
  ASSERT_OK(CreateFile(Path("x"), contents, 0644));
  EXPECT_THAT(ReadFile(Path("x")), IsOkAndHolds(contents));
  EXPECT_THAT(ReadFile(Path("x"), 4), IsOkAndHolds(contents));
  EXPECT_THAT(ReadFile(Path("x"), 3),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("larger than 3 bytes")));
  ASSERT_OK(CreateFile(Path("empty"), "", 0644));
  EXPECT_THAT(ReadFile(Path("empty"), 0), IsOkAndHolds(""));
}

TEST_F(File, ErrorsNameThePath) {
  EXPECT_THAT(ReadFile(Path("none")),
              StatusIs(absl::StatusCode::kNotFound, StartsWith(Path("none"))));
  EXPECT_THAT(ReadFile(directory_.path()), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                    HasSubstr("is a folder, expected a file")));
  EXPECT_THAT(WriteFileAtomically(Path("none/x"), "a", 0600),
              StatusIs(absl::StatusCode::kNotFound, StartsWith(Path("none/x"))));
}

// A pipe without a writer would otherwise hold the daemon for ever, and a device never ends.
TEST_F(File, ReadRefusesWhatIsNoRegularFile) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  ASSERT_EQ(symlink("/dev/zero", Path("link").c_str()), 0);
  for (const std::string& path : {Path("pipe"), Path("link"), std::string("/dev/null")}) {
    EXPECT_THAT(ReadFile(path),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a regular file")));
    EXPECT_THAT(ReadSecretFile(path), StatusIs(absl::StatusCode::kFailedPrecondition));
  }
}

TEST_F(File, CreateRefusesWhatIsThere) {
  ASSERT_OK(CreateFile(Path("x"), "old", 0600));
  EXPECT_THAT(CreateFile(Path("x"), "new", 0600), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(ReadFile(Path("x")), IsOkAndHolds("old"));
  ASSERT_EQ(symlink(Path("target").c_str(), Path("link").c_str()), 0);
  EXPECT_THAT(CreateFile(Path("link"), "new", 0600), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_FALSE(FileExists(Path("target"))) << "a dangling link must not be written through";
}

TEST_F(File, ModeIsExactWhateverTheUmask) {
  const mode_t before = umask(0777);
  EXPECT_OK(CreateFile(Path("a"), "x", 0640));
  EXPECT_OK(WriteFileAtomically(Path("b"), "x", 0644));
  EXPECT_OK(MakeDirectory(Path("c"), 0750));
  umask(0);
  EXPECT_OK(WriteFileAtomically(Path("d"), "x", 0600));
  umask(before);
  EXPECT_EQ(Mode(Path("a")), 0640u);
  EXPECT_EQ(Mode(Path("b")), 0644u);
  EXPECT_EQ(Mode(Path("c")), 0750u);
  EXPECT_EQ(Mode(Path("d")), 0600u);
}

TEST_F(File, AtomicWriteReplacesContentAndMode) {
  ASSERT_OK(CreateFile(Path("x"), "old", 0644));
  ASSERT_OK(WriteFileAtomically(Path("x"), "new", 0600));
  EXPECT_THAT(ReadFile(Path("x")), IsOkAndHolds("new"));
  EXPECT_EQ(Mode(Path("x")), 0600u);
  EXPECT_EQ(Entries(), 1u);
}

TEST_F(File, AtomicWriteLeavesReadersOfTheOldFileAlone) {
  ASSERT_OK(CreateFile(Path("x"), "old", 0600));
  const FileDescriptor reader(open(Path("x").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_OK(WriteFileAtomically(Path("x"), "new and longer", 0600));
  char buffer[32];
  EXPECT_EQ(read(reader.get(), buffer, sizeof buffer), 3);
}

TEST_F(File, AtomicWriteTakesNamesWithoutFolder) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory_.path());
  EXPECT_OK(WriteFileAtomically("plain", "x", 0600));
  std::filesystem::current_path(before);
  EXPECT_THAT(ReadFile(Path("plain")), IsOkAndHolds("x"));
}

// A folder in the way: the rename is refused, after the temporary file was written.
TEST_F(File, AtomicWriteThatCannotReplaceLeavesNoTrace) {
  ASSERT_OK(MakeDirectory(Path("x"), 0700));
  EXPECT_THAT(WriteFileAtomically(Path("x"), "new", 0600), Not(IsOk()));
  EXPECT_EQ(Entries(), 1u);
  EXPECT_TRUE(std::filesystem::is_directory(Path("x")));
}

// A full disk, made by a limit on the size of files (root's permissions hide other failures).
TEST_F(File, AtomicWriteOnAFullDiskKeepsTheOldFile) {
  ASSERT_OK(CreateFile(Path("x"), "old", 0600));
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status replaced = WriteFileAtomically(Path("x"), std::string(5000, 'n'), 0600);
  const absl::Status created = CreateFile(Path("y"), std::string(5000, 'n'), 0600);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(replaced, StatusIs(absl::StatusCode::kResourceExhausted, StartsWith(Path("x"))));
  EXPECT_THAT(created, StatusIs(absl::StatusCode::kResourceExhausted, StartsWith(Path("y"))));
  EXPECT_THAT(ReadFile(Path("x")), IsOkAndHolds("old"));
  EXPECT_EQ(Entries(), 1u) << "neither a temporary file nor half of y";
}

TEST_F(File, SecretIsReadOnlyWhenItIsPrivate) {
  ASSERT_OK(CreateFile(Path("key"), "secret\n", 0600));
  EXPECT_EQ(Text(ReadSecretFile(Path("key"))), "secret\n");
  for (const mode_t mode : {0400, 0700}) {
    ASSERT_EQ(chmod(Path("key").c_str(), mode), 0);
    EXPECT_OK(ReadSecretFile(Path("key")));
  }
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0644, 0666, 0610, 0601}) {
    ASSERT_EQ(chmod(Path("key").c_str(), mode), 0);
    EXPECT_THAT(ReadSecretFile(Path("key")),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         AllOf(HasSubstr("run: chmod 600 " + Path("key")), HasSubstr("mode 0"))));
  }
}

TEST_F(File, SecretOfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_OK(CreateFile(Path("key"), "secret", 0600));
  ASSERT_EQ(chown(Path("key").c_str(), 65534, 65534), 0);
  EXPECT_THAT(ReadSecretFile(Path("key")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("belongs to user 65534")));
}

TEST_F(File, SecretHasItsLimit) {
  ASSERT_OK(CreateFile(Path("key"), "12345", 0600));
  EXPECT_EQ(Text(ReadSecretFile(Path("key"), 5)), "12345");
  EXPECT_THAT(ReadSecretFile(Path("key"), 4), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(File, SecretFromADescriptorLosesOneNewline) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""}, {"pass", "pass"}, {"pass\n", "pass"}, {"pass\n\n", "pass\n"}, {"\n", ""}};
  for (const auto& row : rows) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const FileDescriptor from(ends[0]);
    {
      const FileDescriptor to(ends[1]);
      ASSERT_EQ(write(to.get(), row.first, std::strlen(row.first)),
                static_cast<ssize_t>(std::strlen(row.first)));
    }
    EXPECT_EQ(Text(ReadSecretDescriptor(from.get())), row.second);
  }
  EXPECT_THAT(ReadSecretDescriptor(-1), Not(IsOk()));
}

TEST_F(File, FoldersAreMadeOnceOrWithParents) {
  ASSERT_OK(MakeDirectory(Path("a"), 0700));
  EXPECT_THAT(MakeDirectory(Path("a"), 0700), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(MakeDirectory(Path("b/c"), 0700), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(MakeDirectories(Path("b/c/d"), 0700));
  EXPECT_OK(MakeDirectories(Path("b/c/d"), 0700));
  EXPECT_OK(MakeDirectories(Path("b/c/e/"), 0700));
  EXPECT_TRUE(FileExists(Path("b/c/e")));
  EXPECT_EQ(Mode(Path("b/c")), 0700u);
}

TEST_F(File, InTheWayOfAFolderIsAnError) {
  ASSERT_OK(CreateFile(Path("x"), "", 0600));
  EXPECT_THAT(MakeDirectories(Path("x"), 0700), Not(IsOk()));
  EXPECT_THAT(MakeDirectories(Path("x/y"), 0700), Not(IsOk()));
}

TEST_F(File, RemoveTakesAMissingOneForDone) {
  ASSERT_OK(CreateFile(Path("x"), "", 0600));
  EXPECT_OK(RemoveFile(Path("x")));
  EXPECT_OK(RemoveFile(Path("x")));
  EXPECT_FALSE(FileExists(Path("x")));
  EXPECT_THAT(RemoveFile(directory_.path()), Not(IsOk()));
}

TEST(TemporaryDirectoryTest, GoesWithItsContents) {
  std::string path;
  {
    ASSERT_OK_AND_ASSIGN(const TemporaryDirectory directory, TemporaryDirectory::Create("gone"));
    path = directory.path();
    ASSERT_OK(MakeDirectories(path + "/a/b", 0700));
    ASSERT_OK(CreateFile(path + "/a/b/c", "x", 0400));
  }
  EXPECT_FALSE(FileExists(path));
}

TEST(FileDescriptorTest, ClosesOnceAndOnlyItsOwn) {
  FileDescriptor first(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();
  FileDescriptor second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the claim.
  EXPECT_EQ(second.get(), number);
  FileDescriptor& same = second;
  second = std::move(same);
  EXPECT_NE(fcntl(number, F_GETFD), -1) << "assigning it to itself must not close it";
  second = FileDescriptor();
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
}

TEST(JoinPath, KeepsAbsolutePaths) {
  EXPECT_EQ(JoinPath("/a", "b"), "/a/b");
  EXPECT_EQ(JoinPath("/a/", "b"), "/a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
  EXPECT_EQ(JoinPath("/a", "/b"), "/b");
}

}  // namespace
}  // namespace mayfly
