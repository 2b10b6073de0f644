#include "client/host/sshd.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/file.h"
#include "base/status.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// sshd refuses even to test a configuration without its empty privilege separation folder.
void MakePrivilegeSeparationFolder() {
  if (geteuid() == 0) MakeDirectories("/run/sshd", 0755).IgnoreError();
}

absl::Status NotSound(std::string_view config, const std::string& words) {
  return FailedPrecondition(fmt::format("sshd does not take {}: {}", config,
                                        EscapeForTerminal(TrimBlanks(words).substr(0, 1000))));
}

// Line by line: "keyword value with blanks".
std::multimap<std::string, std::string> ParseConfiguration(std::string_view text) {
  std::multimap<std::string, std::string> configuration;
  for (const std::string& line : SplitLines(text)) {
    const size_t blank = line.find(' ');
    if (blank == std::string::npos) continue;
    configuration.emplace(line.substr(0, blank), line.substr(blank + 1));
  }
  return configuration;
}

}  // namespace

absl::StatusOr<std::multimap<std::string, std::string>> Sshd::EffectiveConfiguration() const {
  MakePrivilegeSeparationFolder();
  MAYFLY_ASSIGN_OR_RETURN(const SubprocessResult result,
                          RunSubprocess({"sshd", "-T", "-f", config_}));
  if (result.exit_code != 0) return NotSound(config_, result.err);
  return ParseConfiguration(result.out);
}

absl::Status Sshd::Test() const {
  MakePrivilegeSeparationFolder();
  MAYFLY_ASSIGN_OR_RETURN(const SubprocessResult result,
                          RunSubprocess({"sshd", "-t", "-f", config_}));
  return result.exit_code == 0 ? absl::OkStatus() : NotSound(config_, result.err);
}

absl::StatusOr<std::string> Sshd::Reload() const {
  if (!reload_) return std::string();
  if (absl::StatusOr<std::string> text = ReadFile(pid_file_, 64); text.ok()) {
    const std::string_view digits = TrimBlanks(*text);
    pid_t pid = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (code == std::errc() && end == digits.data() + digits.size() && pid > 1 &&
        kill(pid, 0) == 0) {
      if (kill(pid, SIGHUP) != 0) return ErrnoStatus(errno, fmt::format("sshd (pid {})", pid));
      return fmt::format("SIGHUP to sshd (pid {})", pid);
    }
  }
  if (!FileExists("/run/systemd/system")) return std::string();
  for (const std::string unit : {"ssh", "sshd"}) {
    MAYFLY_ASSIGN_OR_RETURN(const SubprocessResult active,
                            RunSubprocess({"systemctl", "is-active", "--quiet", unit}));
    if (active.exit_code != 0) continue;
    MAYFLY_ASSIGN_OR_RETURN(const SubprocessResult reloaded,
                            RunSubprocess({"systemctl", "reload", unit}));
    if (reloaded.exit_code != 0) {
      return Unavailable(fmt::format("systemctl reload {}: {}", unit,
                                     EscapeForTerminal(TrimBlanks(reloaded.err).substr(0, 500))));
    }
    return fmt::format("systemctl reload {}", unit);
  }
  return std::string();
}

}  // namespace mayfly::client
