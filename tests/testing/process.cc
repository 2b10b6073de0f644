#include "tests/testing/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"

namespace mayfly {
namespace {

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

[[noreturn]] void Exec(const std::vector<std::string>& argv,
                       const std::map<std::string, std::string>& environment,
                       const std::string& directory) {
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  if (!directory.empty() && chdir(directory.c_str()) != 0) _exit(126);
  std::vector<char*> raw;
  for (const std::string& argument : argv) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  execvp(raw[0], raw.data());
  _exit(127);
}

void AppendAvailable(FileDescriptor& fd, std::string& to) {
  char buffer[16384];
  const ssize_t n = read(fd.get(), buffer, sizeof buffer);
  if (n > 0) {
    to.append(buffer, static_cast<size_t>(n));
  } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
    fd = FileDescriptor();
  }
}

}  // namespace

ProcessResult Run(const std::vector<std::string>& argv, const ProcessOptions& options) {
  int in[2], out[2], err[2];
  MAYFLY_CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
               pipe2(err, O_CLOEXEC) == 0);
  const pid_t pid = fork();
  MAYFLY_CHECK(pid >= 0);
  if (pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    Exec(argv, options.environment, options.directory);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  FileDescriptor to(in[1]), from_out(out[0]), from_err(err[0]);
  fcntl(to.get(), F_SETFL, O_NONBLOCK);
  signal(SIGPIPE, SIG_IGN);
  ProcessResult result;
  size_t written = 0;
  const absl::Time deadline = absl::Now() + options.limit;
  bool killed = false;
  if (options.input.empty()) to = FileDescriptor();
  while (from_out || from_err) {
    pollfd fds[3] = {
        {to.get(), POLLOUT, 0}, {from_out.get(), POLLIN, 0}, {from_err.get(), POLLIN, 0}};
    const int ready = poll(fds, 3, 200);
    if (absl::Now() > deadline && !killed) {
      kill(pid, SIGKILL);
      killed = true;
      break;
    }
    if (ready <= 0) continue;
    if (to && fds[0].revents != 0) {
      const ssize_t n =
          write(to.get(), options.input.data() + written, options.input.size() - written);
      if (n > 0) written += static_cast<size_t>(n);
      if (n < 0 || written == options.input.size()) to = FileDescriptor();
    }
    if (from_out && fds[1].revents != 0) AppendAvailable(from_out, result.out);
    if (from_err && fds[2].revents != 0) AppendAvailable(from_err, result.err);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  result.exit_code = killed ? 124 : ExitCode(status);
  return result;
}

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& argv,
                                     const std::string& log_path,
                                     const std::map<std::string, std::string>& environment)
    : log_path_(log_path) {
  const FileDescriptor log(open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  MAYFLY_CHECK(log.get() >= 0);
  pid_ = fork();
  MAYFLY_CHECK(pid_ >= 0);
  if (pid_ == 0) {
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(log.get(), 1);
    dup2(log.get(), 2);
    Exec(argv, environment, "");
  }
}

BackgroundProcess::~BackgroundProcess() { Stop(); }

bool BackgroundProcess::Running() {
  if (pid_ < 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = ExitCode(status);
  pid_ = -1;
  return false;
}

void BackgroundProcess::Signal(int signal) {
  if (Running()) kill(pid_, signal);
}

int BackgroundProcess::Stop() {
  const absl::Time deadline = absl::Now() + absl::Seconds(5);
  Signal(SIGTERM);
  while (Running()) {
    if (absl::Now() > deadline) Signal(SIGKILL);
    absl::SleepFor(absl::Milliseconds(10));
  }
  return exit_code_;
}

std::string BackgroundProcess::Log() const {
  std::ifstream file(log_path_, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

bool BackgroundProcess::WaitForLog(const std::string& text, absl::Duration limit) {
  const absl::Time deadline = absl::Now() + limit;
  for (;;) {
    const bool running = Running();
    if (Log().find(text) != std::string::npos) return true;
    if (!running || absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(20));
  }
}

int FreePort() {
  const FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  MAYFLY_CHECK(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  MAYFLY_CHECK(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

bool WaitForPort(int port, absl::Duration limit) {
  const absl::Time deadline = absl::Now() + limit;
  for (;;) {
    const FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(20));
  }
}

}  // namespace mayfly
