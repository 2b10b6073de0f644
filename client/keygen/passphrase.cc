#include "client/keygen/passphrase.h"

#include <fcntl.h>
#include <spawn.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// Its very words: scripts wait for them.
constexpr const char* kQuestion = "Enter passphrase: ";
constexpr const char* kDefaultProgram = "/usr/bin/ssh-askpass";

// SSH_ASKPASS_REQUIRE, as ssh(1) has it.
bool AsksByProgram(const Context& context) {
  const std::string require = context.environment("SSH_ASKPASS_REQUIRE");
  const auto requires_it = [&](const char* word) { return strcasecmp(require.c_str(), word) == 0; };
  const bool display =
      !context.environment("DISPLAY").empty() || !context.environment("WAYLAND_DISPLAY").empty();
  if (requires_it("force")) return true;
  if (requires_it("prefer")) return display;
  if (requires_it("never")) return false;
  return display && isatty(STDIN_FILENO) == 0;
}

absl::StatusOr<SecretBytes> AskProgram(const std::string& program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "a pipe");
  FileDescriptor out(ends[0]);
  FileDescriptor in(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), STDOUT_FILENO);
  char* argv[] = {const_cast<char*>(program.c_str()), const_cast<char*>(kQuestion), nullptr};
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0], &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return ErrnoStatus(error, EscapeForTerminal(program));
  in = FileDescriptor();
  absl::StatusOr<SecretBytes> answer = ReadSecretDescriptor(out.get(), kMaxSecret);
  out = FileDescriptor();  // Who writes more than that does not wait for us.
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) {
    return Aborted(fmt::format("{} gave no passphrase", EscapeForTerminal(program)));
  }
  return answer;
}

// One line and no byte more: what follows is whoever's reads standard input next.
absl::StatusOr<SecretBytes> ReadLineOfInput() {
  SecretBytes line(kMaxSecret);
  size_t size = 0;
  bool ended = false;
  line.Fill([&](std::span<uint8_t> bytes) {
    uint8_t byte = 0;
    while (size < bytes.size() && read(STDIN_FILENO, &byte, 1) == 1) {
      ended = byte == '\n';
      if (ended) break;
      bytes[size++] = byte;
    }
    Wipe(std::span<uint8_t>(&byte, 1));
  });
  if (size == kMaxSecret) {
    return InvalidArgument(fmt::format("a passphrase has less than {} bytes", kMaxSecret));
  }
  if (size == 0 && !ended) {
    return WithHint(
        FailedPrecondition("it has a passphrase, and there is neither a terminal to ask "
                           "for it on nor a line of standard input"),
        "name a program that knows it in SSH_ASKPASS, with SSH_ASKPASS_REQUIRE=force; "
        "or put the key into ssh-agent and use -U");
  }
  line.Truncate(size);
  return line;
}

}  // namespace

absl::StatusOr<SecretBytes> AskPassphrase(const Context& context) {
  if (AsksByProgram(context)) {
    const std::string program = context.environment("SSH_ASKPASS");
    return AskProgram(program.empty() ? kDefaultProgram : program);
  }
  absl::StatusOr<SecretBytes> answer = context.ask_secret(kQuestion);
  if (!absl::IsFailedPrecondition(answer.status()) || isatty(STDIN_FILENO) != 0) return answer;
  return ReadLineOfInput();
}

}  // namespace mayfly::client
