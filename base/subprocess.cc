#include "base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

constexpr size_t kMaxOutput = 4 << 20;

// sshd lies in /usr/sbin, which is not in everybody's PATH.
std::string FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "/usr/bin:/bin" : path;
  folders += ":/usr/sbin:/sbin:/usr/local/sbin";
  for (size_t begin = 0; begin <= folders.size();) {
    const size_t end = std::min(folders.find(':', begin), folders.size());
    std::string candidate = JoinPath(folders.substr(begin, end - begin), name);
    if (end > begin && access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return "";
}

// Returns false at the end of the stream.
bool Drain(const FileDescriptor& fd, std::string& to) {
  std::array<char, 16384> buffer;
  const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  if (n == 0) return false;
  to.append(buffer.data(), std::min(static_cast<size_t>(n), kMaxOutput - to.size()));
  return true;
}

}  // namespace

absl::StatusOr<SubprocessResult> RunSubprocess(const std::vector<std::string>& argv,
                                               absl::Duration limit) {
  const std::string program = FindProgram(argv.at(0));
  if (program.empty()) {
    return NotFound(fmt::format("{}: not found; install the package that has it", argv[0]));
  }
  std::array<int, 2> out_pipe, err_pipe;
  if (pipe2(out_pipe.data(), O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe");
  FileDescriptor out(out_pipe[0]), out_end(out_pipe[1]);
  if (pipe2(err_pipe.data(), O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe");
  FileDescriptor err(err_pipe[0]), err_end(err_pipe[1]);
  const FileDescriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::vector<char*> raw;
  for (const std::string& argument : argv) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);

  const pid_t pid = fork();
  if (pid < 0) return ErrnoStatus(errno, "fork");
  if (pid == 0) {  // Only what is safe between fork and exec.
    dup2(null.get(), 0);
    dup2(out_end.get(), 1);
    dup2(err_end.get(), 2);
    execv(program.c_str(), raw.data());
    _exit(127);
  }
  out_end = FileDescriptor();
  err_end = FileDescriptor();

  SubprocessResult result;
  const absl::Time deadline = absl::Now() + limit;
  bool late = false;
  while ((out || err) && !late) {
    std::array<pollfd, 2> fds = {{{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
    poll(fds.data(), fds.size(), 100);
    if (out && fds[0].revents != 0 && !Drain(out, result.out)) out = FileDescriptor();
    if (err && fds[1].revents != 0 && !Drain(err, result.err)) err = FileDescriptor();
    late = absl::Now() > deadline;
  }
  if (late) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (late) return Unavailable(fmt::format("{}: took longer than expected", argv[0]));
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace mayfly
