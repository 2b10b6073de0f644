// Runs the transcripts beside it, tests/cli/*.txt, against the built mayfly. Each runs in a folder
// of its own that is also HOME; $TESTS is the folder of the transcripts.
//
//   # comment
//   $ a command for sh
//   what it prints on standard output
//   2> what it prints on standard error
//   [3]                               its exit code, when it is not 0
//
// [..] within a line stands for anything; a line that is only ... for any number of lines.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "fmt/format.h"
#include "tests/testing/paths.h"
#include "tests/testing/process.h"
#include "tests/testing/status_matchers.h"

namespace mayfly {
namespace {

struct Step {
  int line = 0;
  std::string command;
  std::vector<std::string> out;
  std::vector<std::string> err;
  int exit_code = 0;
};

std::vector<Step> ParseTranscript(const std::string& text) {
  std::vector<Step> steps;
  int number = 0;
  for (const std::string& line : SplitLines(text)) {
    ++number;
    if (line.starts_with("# ") || line == "#" || (line.empty() && steps.empty())) continue;
    if (line.starts_with("$ ")) {
      steps.push_back({number, line.substr(2), {}, {}, 0});
    } else if (line.starts_with("2> ")) {
      steps.back().err.push_back(line.substr(3));
    } else if (line.size() > 2 && line.front() == '[' && line.back() == ']' && line[1] >= '0' &&
               line[1] <= '9') {
      steps.back().exit_code = std::stoi(line.substr(1));
    } else {
      steps.back().out.push_back(line);
    }
  }
  // Blank lines between steps are for the reader.
  for (Step& step : steps) {
    while (!step.out.empty() && step.out.back().empty()) step.out.pop_back();
  }
  return steps;
}

bool LineMatches(std::string_view pattern, std::string_view line) {
  const size_t wild = pattern.find("[..]");
  if (wild == std::string_view::npos) return pattern == line;
  if (!line.starts_with(pattern.substr(0, wild))) return false;
  line.remove_prefix(wild);
  const std::string_view rest = pattern.substr(wild + 4);
  for (size_t skip = 0; skip <= line.size(); ++skip) {
    if (LineMatches(rest, line.substr(skip))) return true;
  }
  return false;
}

bool LinesMatch(const std::vector<std::string>& pattern, size_t p,
                const std::vector<std::string>& lines, size_t l) {
  if (p == pattern.size()) return l == lines.size();
  if (pattern[p] == "...") {
    for (size_t skip = l; skip <= lines.size(); ++skip) {
      if (LinesMatch(pattern, p + 1, lines, skip)) return true;
    }
    return false;
  }
  return l < lines.size() && LineMatches(pattern[p], lines[l]) &&
         LinesMatch(pattern, p + 1, lines, l + 1);
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines = SplitLines(text);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

class Transcript : public ::testing::TestWithParam<std::string> {};

TEST_P(Transcript, HappensAsWritten) {
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadFile(GetParam()));
  ASSERT_OK_AND_ASSIGN(const TemporaryDirectory directory, TemporaryDirectory::Create("cli"));
  const std::map<std::string, std::string> environment = {
      {"HOME", directory.path()},
      {"TESTS", testing::SourcePath("tests/cli")},
      {"PATH", testing::BuildPath("bin:") + std::getenv("PATH")},
      {"XDG_CONFIG_HOME", ""},
      {"XDG_RUNTIME_DIR", ""},
      {"SSH_AUTH_SOCK", ""},
      {"MAYFLY_CA", ""},
      {"TZ", "UTC"},
      {"LC_ALL", "C.UTF-8"}};
  for (const Step& step : ParseTranscript(text)) {
    SCOPED_TRACE(fmt::format("{}:{}: {}", GetParam(), step.line, step.command));
    ProcessOptions options;
    options.environment = environment;
    options.directory = directory.path();
    const ProcessResult result = mayfly::Run({"sh", "-c", step.command}, options);
    EXPECT_EQ(result.exit_code, step.exit_code);
    EXPECT_TRUE(LinesMatch(step.out, 0, LinesOf(result.out), 0)) << "standard output was:\n"
                                                                 << result.out;
    EXPECT_TRUE(LinesMatch(step.err, 0, LinesOf(result.err), 0)) << "standard error was:\n"
                                                                 << result.err;
  }
}

std::vector<std::string> AllTranscripts() {
  std::vector<std::string> paths;
  for (const auto& file : std::filesystem::directory_iterator(testing::SourcePath("tests/cli"))) {
    if (file.path().extension() == ".txt" && file.path().filename() != "CMakeLists.txt") {
      paths.push_back(file.path().string());
    }
  }
#ifdef MAYFLY_SLOW_PROGRAMS
  // As the integration tests, in the tree without sanitizers alone: here it takes minutes.
  std::erase_if(paths, [](const std::string& path) { return path.ends_with("policy-large.txt"); });
#endif
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string NameOf(const ::testing::TestParamInfo<std::string>& path) {
  std::string name = std::filesystem::path(path.param).stem().string();
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Transcript, ::testing::ValuesIn(AllTranscripts()), NameOf);

}  // namespace
}  // namespace mayfly
