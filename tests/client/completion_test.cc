#include "client/command_line/completion.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/file.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() : app_("a program", "demo") {
    CLI::App* run = app_.add_subcommand("run", "Run it; it's $(touch owned) `touch owned` \"\\ :");
    run->add_option("-f,--file", file_, "What to run");
    app_.add_subcommand("secret", "Not for everybody")->group("");
  }
  CLI::App app_;
  std::string file_;
};

TEST_F(CompletionTest, AnUnknownShellGetsNothing) { EXPECT_EQ(Completion(app_, "tcsh"), ""); }

TEST_F(CompletionTest, HiddenCommandsStayHidden) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_THAT(Completion(app_, shell), Not(HasSubstr("secret"))) << shell;
    EXPECT_THAT(Completion(app_, shell), HasSubstr("run")) << shell;
  }
}

// Descriptions are single-quoted where they appear, so that sourcing a script runs nothing in them.
TEST_F(CompletionTest, ADescriptionIsNotRun) {
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory directory,
                       TemporaryDirectory::Create("completion"));
  const std::string path = JoinPath(directory.path(), "script");
  for (const char* shell : {"bash", "zsh"}) {
    ASSERT_OK(WriteFileAtomically(path, Completion(app_, shell), 0600));
    EXPECT_EQ(mayfly::Run({"bash", "-n", path}).exit_code, 0) << shell;
  }
  ProcessOptions options;
  options.directory = directory.path();
  ASSERT_OK(WriteFileAtomically(path, Completion(app_, "bash"), 0600));
  EXPECT_EQ(mayfly::Run({"bash", path}, options).exit_code, 0);
  EXPECT_FALSE(FileExists(JoinPath(directory.path(), "owned")));
}

TEST_F(CompletionTest, FishKnowsWhichOptionsTakeAValue) {
  EXPECT_THAT(Completion(app_, "fish"), HasSubstr("-l file -r"));
  EXPECT_THAT(Completion(app_, "fish"), HasSubstr("-l help -d"));
}

}  // namespace
}  // namespace mayfly::client
