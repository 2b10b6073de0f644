#include "client/trust/ssh_config.h"

#include <filesystem>

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "client/trust/host_pattern.h"
#include "client/trust/trust_store.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::client {
namespace {

// In the quotes that ssh_config and its KnownHostsCommand understand. Percent signs are ssh's own.
absl::StatusOr<std::string> Word(const std::string& text) {
  if (text.find_first_of("\"'\\\n\r\t") != std::string::npos) {
    return Failure(ExitCode::kUsage,
                   fmt::format("{} cannot be written into ~/.ssh/config", QuoteName(text)),
                   "use a path without quotes, backslashes and line breaks");
  }
  std::string word;
  for (const char c : text) word += c == '%' ? "%%" : std::string(1, c);
  return word.find(' ') == std::string::npos ? word : "'" + word + "'";
}

}  // namespace

absl::Status PrintSshConfig(const Context& context, const SshConfigOptions& options) {
  for (const std::string& pattern : options.patterns) {
    MAYFLY_RETURN_IF_ERROR(CheckHostPattern(pattern));
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string trusted, context.ConfigDirectory());
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa ca, TrustStore(trusted).Choose(context.ca_name));
  std::error_code error;
  const std::string self = std::filesystem::read_symlink("/proc/self/exe", error).string();
  MAYFLY_ASSIGN_OR_RETURN(std::string program, Word(self.empty() ? "/usr/bin/mayfly" : self));
  MAYFLY_ASSIGN_OR_RETURN(const std::string name, Word(ca.record.name));
  program += " --ca " + name;
  if (!context.config_directory.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(const std::string directory,
                            Word(std::filesystem::absolute(context.config_directory).string()));
    program += " --config " + directory;
  }
  context.out << fmt::format(
      "# Hosts of the CA \"{}\" are known by their certificates, never on first use.\n"
      "Host {}\n"
      "    KnownHostsCommand {} trust print --known-hosts\n"
      "    StrictHostKeyChecking yes\n"
      "    HostKeyAlgorithms "
      "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"
      "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,"
      "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com\n",
      ca.record.name, fmt::join(options.patterns, " "), program);
  if (options.login) {
    context.out << fmt::format(
        "# Logs in when the agent holds no valid certificate; when the CA is down, ssh goes on "
        "without.\n"
        "Match host {} exec \"{} --quiet login --if-needed\"\n",
        fmt::join(options.patterns, ","), program);
  }
  if (!context.quiet) context.Hint("append it to ~/.ssh/config");
  return absl::OkStatus();
}

}  // namespace mayfly::client
