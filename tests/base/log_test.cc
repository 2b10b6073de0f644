// Each test runs in a process of its own, whose standard error is a pipe.
#include "base/log.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mayfly {
namespace {

using ::testing::HasSubstr;

// What `logging` logged in a process of its own; it may read the pipe itself.
std::string Logged(const std::function<void(int reader)>& logging) {
  std::array<int, 2> pipe_ends = {};
  EXPECT_EQ(pipe2(pipe_ends.data(), O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDERR_FILENO);
    close(pipe_ends[1]);
    alarm(20);
    logging(pipe_ends[0]);
    _exit(0);
  }
  close(pipe_ends[1]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "it hung";
  std::string text;
  std::array<char, 4096> buffer = {};
  for (ssize_t size = 0; (size = read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<size_t>(size));
  }
  close(pipe_ends[0]);
  return text;
}

TEST(StandardErrorLog, IsReadBackLineByLineWhateverStrangersSend) {
  const std::string strange = "a\nlevel=alert \x1b[2J \xff\xe2\x80\xae \" = \r\n";
  const std::string json = Logged([&](int) {
    const auto log = MakeStandardErrorLog(LogFormat::kJson, LogLevel::kInfo);
    for (int i = 0; i < 3; ++i) log->Info("said " + strange, {{"by", strange}, {"number", i}});
    log->Debug("nothing");
  });
  int lines = 0;
  for (const std::string_view line : SplitLines(json)) {
    if (line.empty()) continue;
    const auto parsed = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(parsed.is_object()) << line;
    EXPECT_EQ(parsed["level"], "info");
    EXPECT_EQ(parsed["number"], lines);
    EXPECT_THAT(parsed["by"].get<std::string>(), HasSubstr("a\nlevel=alert"));
    ++lines;
  }
  EXPECT_EQ(lines, 3);

  const std::string text = Logged([&](int) {
    MakeStandardErrorLog(LogFormat::kText, LogLevel::kInfo)->Info("said", {{"by", strange}});
  });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  for (const char c : text.substr(0, text.size() - 1)) {
    EXPECT_GE(static_cast<unsigned char>(c), 0x20) << text;
  }
}

TEST(StandardErrorLog, ThatNobodyReadsStopsNothingAndSaysSoLater) {
  const std::string text = Logged([](int reader) {
    const auto log = MakeStandardErrorLog(LogFormat::kText, LogLevel::kInfo);
    for (int i = 0; i < 5000; ++i)
      log->Info("a line of some length, so that the pipe is full soon");
    // Somebody reads again, and all of it.
    std::array<char, 1 << 16> buffer = {};
    fcntl(reader, F_SETFL, O_NONBLOCK);
    while (read(reader, buffer.data(), buffer.size()) > 0) continue;
    log->Info("after");
  });
  EXPECT_THAT(text, HasSubstr("nobody read the log lines_lost="));
  EXPECT_THAT(text, ::testing::EndsWith("after\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), text[0] == '\n' ? 3 : 2) << text;
}

}  // namespace
}  // namespace mayfly
