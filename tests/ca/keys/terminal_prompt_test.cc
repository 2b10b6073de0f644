// Asks on a real pseudo-terminal, whose other end is this test.
#include "base/terminal_prompt.h"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <csignal>
#include <functional>
#include <string>

#include "base/file.h"
#include "ca/keys/passphrase.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace mayfly::keys {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Question = std::function<absl::StatusOr<SecretBytes>()>;

// What the process that asked made of it: "ok:ANSWER" or "CODE:MESSAGE".
std::string Outcome(const absl::StatusOr<SecretBytes>& answer) {
  if (!answer.ok()) return answer.status().ToString();
  return "ok:" + answer->Expose([](BytesView bytes) { return ToText(bytes); });
}

// A process that has a terminal, or none, and asks one question.
class Asking {
 public:
  Asking(bool with_terminal, const Question& question) {
    int terminal = -1, side = -1, ends[2];
    MAYFLY_CHECK(openpty(&terminal, &side, nullptr, nullptr, nullptr) == 0 && pipe(ends) == 0);
    terminal_ = FileDescriptor(terminal);
    side_ = FileDescriptor(side);
    outcome_ = FileDescriptor(ends[0]);
    pid_ = fork();
    if (pid_ == 0) {
      // Standard input and output are not what it asks on.
      if (with_terminal) {
        login_tty(dup(side));
      } else {
        setsid();
      }
      const std::string outcome = Outcome(question());
      _exit(write(ends[1], outcome.data(), outcome.size()) < 0);
    }
    close(ends[1]);
  }
  ~Asking() {
    if (status_ != -1) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, &status_, 0);
  }

  // What the terminal shows until it has shown `text`.
  std::string ShowsUntil(const std::string& text) {
    std::string shown;
    while (shown.find(text) == std::string::npos) {
      pollfd ready = {terminal_.get(), POLLIN, 0};
      char buffer[256];
      if (poll(&ready, 1, 20000) != 1) return shown + " [and then nothing]";
      const ssize_t n = read(terminal_.get(), buffer, sizeof buffer);
      if (n <= 0) return shown + " [closed]";
      shown.append(buffer, static_cast<size_t>(n));
    }
    return shown;
  }
  void Type(const std::string& text) {
    ASSERT_EQ(write(terminal_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  bool Echoes() {
    termios state = {};
    MAYFLY_CHECK(tcgetattr(side_.get(), &state) == 0);
    return (state.c_lflag & ECHO) != 0;
  }
  int WaitStatus(int options = 0) {
    int status = 0;
    waitpid(pid_, &status, options);
    if (!WIFSTOPPED(status)) status_ = status;
    return status;
  }
  std::string WaitForOutcome() {
    std::string outcome;
    char buffer[256];
    ssize_t n = 0;
    while ((n = read(outcome_.get(), buffer, sizeof buffer)) > 0) {
      outcome.append(buffer, static_cast<size_t>(n));
    }
    WaitStatus();
    return outcome;
  }
  pid_t pid() const { return pid_; }

 private:
  FileDescriptor terminal_, side_, outcome_;
  pid_t pid_ = -1;
  int status_ = -1;
};

const Question kAsk = [] { return AskOnTerminal("question: ", 16); };
const Question kNewPassphrase = [] {
  return ReadPassphrase(PassphraseSource{}, "passphrase for user-ca.key", /*confirm=*/true);
};

TEST(TerminalPrompt, ReturnsTheLineAndShowsNothingOfIt) {
  Asking asking(true, kAsk);
  asking.ShowsUntil("question: ");
  EXPECT_FALSE(asking.Echoes());
  asking.Type("secret words\n");
  EXPECT_THAT(asking.ShowsUntil("\n"), Not(HasSubstr("secret")));
  EXPECT_EQ(asking.WaitForOutcome(), "ok:secret words");
  EXPECT_TRUE(asking.Echoes());
}

TEST(TerminalPrompt, LetsTheLineBeEdited) {
  Asking asking(true, kAsk);
  asking.ShowsUntil("question: ");
  asking.Type(
      "wrong\x15"
      "righx\x7ft\n");  // Kill the line; then a typing mistake, rubbed out.
  EXPECT_EQ(asking.WaitForOutcome(), "ok:right");
}

TEST(TerminalPrompt, TakesNoMoreThanItsLimit) {
  Asking longest(true, kAsk);
  longest.ShowsUntil("question: ");
  longest.Type(std::string(16, 'p') + "\n");
  EXPECT_EQ(longest.WaitForOutcome(), "ok:" + std::string(16, 'p'));
  Asking longer(true, kAsk);
  longer.ShowsUntil("question: ");
  longer.Type(std::string(17, 'p') + "\n");
  EXPECT_THAT(longer.WaitForOutcome(), StartsWith("INVALID_ARGUMENT"));
}

TEST(TerminalPrompt, DiesOfAnInterruptAndLeavesTheEchoOn) {
  Asking asking(true, kAsk);
  asking.ShowsUntil("question: ");
  asking.Type("half a sec\x03");
  const int status = asking.WaitStatus();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
  EXPECT_TRUE(asking.Echoes());
}

TEST(TerminalPrompt, DiesOfTerminationAndLeavesTheEchoOn) {
  Asking asking(true, kAsk);
  asking.ShowsUntil("question: ");
  kill(asking.pid(), SIGTERM);
  const int status = asking.WaitStatus();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
  EXPECT_TRUE(asking.Echoes());
}

TEST(TerminalPrompt, OutlivesASignalThatItsProcessIgnores) {
  Asking asking(true, [] {
    signal(SIGHUP, SIG_IGN);
    return AskOnTerminal("question: ", 16);
  });
  asking.ShowsUntil("question: ");
  kill(asking.pid(), SIGHUP);
  EXPECT_THAT(asking.WaitForOutcome(), AllOf(StartsWith("ABORTED"), HasSubstr("signal 1")));
  EXPECT_TRUE(asking.Echoes());
}

// The process leads a session of its own, where the kernel ignores a stop: it continues at once.
TEST(TerminalPrompt, AsksAgainAfterAStop) {
  Asking asking(true, kAsk);
  asking.ShowsUntil("question: ");
  asking.Type("half\x1a");
  asking.ShowsUntil("question: ");
  EXPECT_FALSE(asking.Echoes());
  asking.Type("whole\n");
  EXPECT_EQ(asking.WaitForOutcome(), "ok:whole");
  EXPECT_TRUE(asking.Echoes());
}

TEST(TerminalPrompt, IsAbortedByTheEndOfInput) {
  Asking asking(true, kAsk);
  asking.ShowsUntil("question: ");
  asking.Type("\x04");
  EXPECT_THAT(asking.WaitForOutcome(), StartsWith("ABORTED"));
}

TEST(TerminalPrompt, NeedsATerminal) {
  Asking asking(false, kAsk);
  EXPECT_THAT(asking.WaitForOutcome(), StartsWith("FAILED_PRECONDITION"));
}

TEST(PassphrasePrompt, AsksTwiceForANewOne) {
  Asking asking(true, kNewPassphrase);
  asking.ShowsUntil("passphrase for user-ca.key: ");
  asking.Type("secret words\n");
  asking.ShowsUntil("passphrase for user-ca.key, again: ");
  asking.Type("secret words\n");
  EXPECT_EQ(asking.WaitForOutcome(), "ok:secret words");
}

TEST(PassphrasePrompt, RefusesTwoDifferentAnswers) {
  Asking asking(true, kNewPassphrase);
  asking.ShowsUntil("user-ca.key: ");
  asking.Type("secret words\n");
  asking.ShowsUntil("again: ");
  asking.Type("secret wards\n");
  EXPECT_THAT(asking.WaitForOutcome(),
              AllOf(StartsWith("INVALID_ARGUMENT"), HasSubstr("differ"), Not(HasSubstr("secret"))));
}

TEST(PassphrasePrompt, WithoutATerminalNamesTheOtherWays) {
  Asking asking(false, kNewPassphrase);
  EXPECT_THAT(asking.WaitForOutcome(),
              AllOf(StartsWith("FAILED_PRECONDITION"), HasSubstr("file:/path"),
                    HasSubstr("fd:NUMBER"), HasSubstr("credential:NAME")));
}

}  // namespace
}  // namespace mayfly::keys
