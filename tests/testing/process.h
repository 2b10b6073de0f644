// Runs real programs: ssh-keygen, ssh, and long-lived ones such as sshd, ssh-agent and mayflyd.
#ifndef MAYFLY_TESTS_TESTING_PROCESS_H_
#define MAYFLY_TESTS_TESTING_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace mayfly {

struct ProcessResult {
  int exit_code = -1;  // 128 + signal when a signal ended it; 124 after the time limit.
  std::string out;
  std::string err;
};

struct ProcessOptions {
  std::string input;                               // Standard input.
  std::map<std::string, std::string> environment;  // Added to ours.
  std::string directory;                           // Working directory; ours when empty.
  absl::Duration limit = absl::Seconds(60);        // Killed after that.
};

// Runs argv[0] (found in PATH) to its end. Fails the process when it cannot be started at all.
ProcessResult Run(const std::vector<std::string>& argv, const ProcessOptions& options = {});

// A program that runs until the object goes: SIGTERM, then SIGKILL after 5 s, by its own pid.
class BackgroundProcess {
 public:
  // Both outputs go to `log_path`.
  BackgroundProcess(const std::vector<std::string>& argv, const std::string& log_path,
                    const std::map<std::string, std::string>& environment = {});
  ~BackgroundProcess();
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;
  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int signal);
  int Stop();  // SIGTERM and wait; returns the exit code as ProcessResult has it.
  std::string Log() const;
  // Waits until the log holds `text`; false after `limit` or when the program has ended.
  bool WaitForLog(const std::string& text, absl::Duration limit = absl::Seconds(15));

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
  std::string log_path_;
};

// A TCP port on 127.0.0.1 that was free just now.
int FreePort();
// Waits until something accepts on 127.0.0.1:port.
bool WaitForPort(int port, absl::Duration limit = absl::Seconds(15));

}  // namespace mayfly

#endif  // MAYFLY_TESTS_TESTING_PROCESS_H_
