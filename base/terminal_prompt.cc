#include "base/terminal_prompt.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

// Those that a person or a dying terminal sends.
constexpr std::array kSignals = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU};

// What a signal handler may touch. The pipe wakes whoever waits for an answer, also when the signal
// came just before the wait, or to another thread.
volatile std::sig_atomic_t caught_signal = 0;
volatile std::sig_atomic_t wake_pipe = -1;

void Catch(int signal) {
  const int saved_errno = errno;
  caught_signal = signal;
  const char byte = 0;
  // A full pipe wakes as well as one byte more would.
  [[maybe_unused]] const ssize_t written = write(wake_pipe, &byte, 1);
  errno = saved_errno;
}

// While it lives, kSignals wake WaitForInput instead of ending the process.
class SignalGuard {
 public:
  SignalGuard() {
    caught_signal = 0;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
    woken_ = FileDescriptor(ends[0]);
    wake_ = FileDescriptor(ends[1]);
    wake_pipe = wake_.get();
    struct sigaction action = {};
    action.sa_handler = Catch;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &saved_[i]);
  }
  ~SignalGuard() {
    if (!installed()) return;
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &saved_[i], nullptr);
  }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  bool installed() const { return static_cast<bool>(woken_); }
  // False when a signal came.
  bool WaitForInput(int terminal) const {
    std::array<pollfd, 2> ready = {pollfd{terminal, POLLIN, 0}, pollfd{woken_.get(), POLLIN, 0}};
    while (poll(ready.data(), ready.size(), -1) < 0 && errno == EINTR && caught_signal == 0) {
    }
    return caught_signal == 0;
  }

 private:
  FileDescriptor woken_, wake_;
  std::array<struct sigaction, kSignals.size()> saved_ = {};
};

// While it lives, the terminal shows nothing of what is typed but the line end.
class EchoGuard {
 public:
  explicit EchoGuard(int terminal) : terminal_(terminal) {
    if (tcgetattr(terminal_, &saved_) != 0) return;
    termios silent = saved_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL | ICANON | ISIG;
    changed_ = tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
  }
  ~EchoGuard() {
    if (changed_) tcsetattr(terminal_, TCSANOW, &saved_);
  }
  EchoGuard(const EchoGuard&) = delete;
  EchoGuard& operator=(const EchoGuard&) = delete;
  // False: the terminal would show a secret.
  bool silent() const { return changed_; }

 private:
  int terminal_;
  termios saved_ = {};
  bool changed_ = false;
};

bool Write(int terminal, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(terminal, text.data(), text.size());
    if (n < 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// Reads to the line end. What does not fit is read and dropped, so that it does not become the next
// command of a shell.
absl::StatusOr<SecretBytes> ReadLine(const SignalGuard& signals, int terminal, size_t max_size) {
  SecretBytes line(max_size);
  size_t size = 0;
  const bool complete = line.Fill([&](std::span<uint8_t> bytes) {
    uint8_t byte = 0;
    while (signals.WaitForInput(terminal) && read(terminal, &byte, 1) == 1) {
      if (byte == '\n') return true;
      if (size < max_size) bytes[size] = byte;
      ++size;
      Wipe(std::span<uint8_t>(&byte, 1));
    }
    return false;
  });
  if (!complete) return Aborted("the question on the terminal was not answered");
  if (size > max_size) {
    return InvalidArgument(fmt::format("the answer has more than {} bytes", max_size));
  }
  line.Truncate(size);
  return line;
}

absl::StatusOr<SecretBytes> AskOnce(int terminal, std::string_view question, size_t max_size) {
  const SignalGuard signals;
  if (!signals.installed()) return ErrnoStatus(errno, "a pipe for signals");
  const EchoGuard echo(terminal);
  if (caught_signal != 0) return Aborted("the question was interrupted");
  if (!echo.silent()) {
    return FailedPrecondition("the terminal's echo cannot be turned off to hide an answer");
  }
  if (!Write(terminal, question)) return ErrnoStatus(errno, "the terminal");
  return ReadLine(signals, terminal, max_size);
}

}  // namespace

absl::StatusOr<SecretBytes> AskOnTerminal(std::string_view question, size_t max_size) {
  const FileDescriptor terminal(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal) return FailedPrecondition("there is no terminal to ask on");
  for (;;) {
    absl::StatusOr<SecretBytes> answer = AskOnce(terminal.get(), question, max_size);
    if (caught_signal == 0) return answer;
    // Echo and handlers are as before, so the signal now does what it would have done.
    const int signal = caught_signal;
    kill(getpid(), signal);
    const bool stopped = signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
    if (!stopped) return Aborted(fmt::format("interrupted by signal {}", signal));
  }
}

}  // namespace mayfly
