// What every command is given: the streams, the clock, the environment and the global options.
#ifndef MAYFLY_CLIENT_CONTEXT_H_
#define MAYFLY_CLIENT_CONTEXT_H_

#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "base/terminal_prompt.h"
#include "client/exit_code.h"

namespace mayfly::client {

inline constexpr size_t kMaxSecret = 1024;  // Of a passphrase that is asked for.
inline constexpr std::string_view kDefaultSocket = "/var/lib/mayfly/mayflyd.sock";

// Lives as long as the command. Not thread-safe.
class Context {
 public:
  // Returns the value of an environment variable, empty when it is not set.
  using Environment = std::function<std::string(const char* name)>;

  Context(const Clock& the_clock, Random& the_random, Environment the_environment,
          std::ostream& result, std::ostream& talk)
      : clock(the_clock),
        random(the_random),
        environment(std::move(the_environment)),
        out(result),
        err(talk) {}

  const Clock& clock;
  Random& random;
  Environment environment;
  std::ostream& out;  // The result, and nothing else.
  std::ostream& err;  // The talk.

  // Asks the user for a secret on the terminal; AskOnTerminal's errors.
  std::function<absl::StatusOr<SecretBytes>(std::string_view question)> ask_secret =
      [](std::string_view question) { return AskOnTerminal(question, kMaxSecret); };

  // The global options.
  std::string ca_name;  // Empty = the only trusted CA.
  std::string config_directory;
  bool local = false;
  std::string socket_path{kDefaultSocket};
  bool json = false;
  bool quiet = false;
  absl::Duration timeout = absl::Seconds(30);  // Of one call to the CA.

  // Talk, on `err`: one line with the program's name before it. Silent with --quiet, unless it is
  // an error. Untrusted text inside must have been escaped.
  void Say(std::string_view sentence) const;
  void Hint(std::string_view sentence) const;

  // Reports a failure with its hint and its request id, and returns its exit code.
  ExitCode Report(const absl::Status& status) const;
  // How a command ends: with kOk, or the code it answers with, or what Report says.
  ExitCode Finish(const absl::Status& status) const;
  ExitCode Finish(const absl::StatusOr<ExitCode>& code) const;

  // Where configuration is: --config, or $XDG_CONFIG_HOME/mayfly, or $HOME/.config/mayfly.
  absl::StatusOr<std::string> ConfigDirectory() const;
  absl::StatusOr<std::string> HomeDirectory() const;
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_CONTEXT_H_
