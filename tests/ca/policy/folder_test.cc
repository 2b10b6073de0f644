// Which files of a folder are a policy set.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "tests/ca/policy/policy_world.h"

namespace mayfly::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

constexpr char kScoped[] = "scoped_only: {env: a}\n";

class PolicyFolder : public ::testing::Test {
 protected:
  void Put(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(At(path)).parent_path());
    ASSERT_OK(WriteFileAtomically(At(path), text, 0644));
  }
  std::string At(const std::string& path) const { return JoinPath(folder_.path(), path); }
  std::vector<std::string> Files() const {
    std::vector<std::string> paths;
    const absl::StatusOr<std::vector<PolicyText>> files = ReadPolicyFiles(folder_.path());
    EXPECT_OK(files);
    if (files.ok()) {
      for (const PolicyText& file : *files) paths.push_back(file.path);
    }
    return paths;
  }

  TemporaryDirectory folder_ = TemporaryDirectory::Create("policy").value();
};

TEST_F(PolicyFolder, IsReadWithAllThatIsBelow) {
  Put("b.yaml", kScoped);
  Put("a/z.yaml", "grants: []\n");
  Put("a/deep/er/x.yaml", "grants: []\n");
  Put("B.yaml", "grants: []\n");
  EXPECT_THAT(Files(), ElementsAre("B.yaml", "a/deep/er/x.yaml", "a/z.yaml", "b.yaml"));
  ASSERT_OK_AND_ASSIGN(const auto policy, LoadPolicySet(folder_.path()));
  EXPECT_EQ(policy->scoped_only(), (model::Labels{{"env", "a"}}));
}

TEST_F(PolicyFolder, PassesOverTestsNotesAndHiddenFiles) {
  Put("a.yaml", kScoped);
  Put("a.cases.yaml", "not: a policy\n");
  Put("README.md", "# words\n");
  Put("a.yaml~", "not: a policy\n");
  Put(".#a.yaml", "not: a policy\n");
  Put(".git/x.yaml", "not: a policy\n");
  EXPECT_THAT(Files(), ElementsAre("a.yaml"));
}

TEST_F(PolicyFolder, RefusesNamesThatWouldBeOverlooked) {
  for (const std::string name : {"b.yml", "b.YAML", "sub/b.Yml"}) {
    Put("a.yaml", kScoped);
    Put(name, "denials: []\n");
    EXPECT_THAT(LoadPolicySet(folder_.path()),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr(At(name) + " would not be loaded; rename it to end in .yaml")));
    ASSERT_OK(RemoveFile(At(name)));
  }
}

TEST_F(PolicyFolder, RefusesALinkToAFolderInside) {
  Put("a.yaml", kScoped);
  fs::create_directory_symlink(folder_.path(), At("again"));
  EXPECT_THAT(LoadPolicySet(folder_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is a link to a folder")));
}

TEST_F(PolicyFolder, FollowsLinksAsKubernetesMakesThem) {
  Put("..2026_11/a.yaml", kScoped);
  fs::create_directory_symlink("..2026_11", At("..data"));
  fs::create_symlink("..data/a.yaml", At("a.yaml"));
  EXPECT_THAT(Files(), ElementsAre("a.yaml"));
}

TEST_F(PolicyFolder, MayBeALinkItself) {
  Put("v1/a.yaml", kScoped);
  fs::create_directory_symlink("v1", At("current"));
  ASSERT_OK_AND_ASSIGN(const auto by_link, LoadPolicySet(At("current")));
  ASSERT_OK_AND_ASSIGN(const auto by_name, LoadPolicySet(At("v1")));
  EXPECT_EQ(by_link->hash(), by_name->hash());
}

TEST_F(PolicyFolder, MustHoldAFile) {
  Put("a.cases.yaml", "cases: []\n");
  EXPECT_THAT(LoadPolicySet(folder_.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       folder_.path() + " holds no policy file; expected at least one *.yaml"));
}

TEST_F(PolicyFolder, MustExist) {
  EXPECT_THAT(LoadPolicySet(At("nowhere")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(At("nowhere"))));
  Put("a.yaml", kScoped);
  EXPECT_FALSE(LoadPolicySet(At("a.yaml")).ok());
  fs::create_symlink("gone.yaml", At("dangling.yaml"));
  EXPECT_THAT(
      LoadPolicySet(folder_.path()),
      StatusIs(absl::StatusCode::kNotFound, At("dangling.yaml") + ": a link that leads nowhere"));
}

TEST_F(PolicyFolder, IsNoLinkThatLeadsNowhere) {
  fs::create_symlink("sets/gone", At("current"));
  EXPECT_THAT(
      LoadPolicySet(At("current")),
      StatusIs(absl::StatusCode::kNotFound,
               "policy folder " + At("current") + ": a link that leads nowhere: to sets/gone"));
}

TEST_F(PolicyFolder, NamesFilesAsItWasNamedItself) {
  fs::create_directory(At("real"));
  fs::create_directory_symlink("real", At("current"));
  ASSERT_EQ(mkfifo(At("real/a.yaml").c_str(), 0600), 0);
  EXPECT_THAT(Message(LoadPolicySet(At("current")).status()),
              ::testing::StartsWith(At("current/a.yaml") + ": is a pipe"));
}

// Root may read everything: while one of these lives, the test is nobody.
class AsNobody {
 public:
  AsNobody() {
    if (root_) MAYFLY_CHECK(seteuid(65534) == 0);
  }
  ~AsNobody() {
    if (root_) MAYFLY_CHECK(seteuid(0) == 0);
  }

 private:
  const bool root_ = geteuid() == 0;
};

TEST_F(PolicyFolder, MustBeReadable) {
  Put("set/a.yaml", kScoped);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(At("set/a.yaml").c_str(), 0), 0);
  const AsNobody nobody;
  EXPECT_EQ(Message(LoadPolicySet(At("set")).status()), At("set/a.yaml") + ": Permission denied");
}

TEST_F(PolicyFolder, MustBeReadableItself) {
  Put("set/a.yaml", kScoped);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(At("set").c_str(), 0), 0);
  {
    const AsNobody nobody;
    EXPECT_EQ(Message(LoadPolicySet(At("set")).status()), At("set") + ": Permission denied");
  }
  ASSERT_EQ(chmod(At("set").c_str(), 0755), 0);
}

TEST_F(PolicyFolder, StandsBeforePathsInErrors) {
  Put("sub/a.yaml", "grants: 7\n");
  EXPECT_THAT(Message(LoadPolicySet(folder_.path()).status()),
              HasSubstr(At("sub/a.yaml") + ":1:9: "));
}

TEST_F(PolicyFolder, BoundsItsBytes) {
  for (int i = 0; i < 4; ++i) {
    Put(std::to_string(i) + ".yaml", "#" + std::string(3 << 20, 'x') + "\n");
  }
  EXPECT_THAT(LoadPolicySet(folder_.path()),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       At("3.yaml") + ": too large: all files of a policy set have 10 MiB"));
}

}  // namespace
}  // namespace mayfly::policy
