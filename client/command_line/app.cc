#include "client/command_line/app.h"

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "base/status.h"
#include "base/text.h"
#include "client/command_line/completion.h"
#include "client/command_line/verbs.h"
#include "client/failure.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

constexpr char kVersion[] = "mayfly 0.1.0";

// Parses, explains what it cannot, and runs the command that was chosen.
class App {
 public:
  explicit App(Context& context) : context_(context), verbs_(context, app_) {
    app_.name("mayfly");
    app_.description("mayfly: short-lived SSH certificates from a Mayfly CA");
    app_.set_version_flag("--version", kVersion);
    app_.require_subcommand(0, 1);
    app_.footer(
        "Start with:  mayfly trust add https://ca.example.com --fingerprint SHA256:...\n"
        "             mayfly login\n"
        "Exit codes:  0 done, 1 the answer is no, 2 usage, 3 denied, 4 not authenticated,\n"
        "             5 CA unreachable, 6 something on this machine, 7 not trusted, 10 internal");
    AddGlobals();
    AddTrustVerbs(verbs_);
    AddEngineerVerbs(verbs_);
    AddRequestVerbs(verbs_);
    AddOperatorVerbs(verbs_);
    AddPolicyVerbs(verbs_);
    AddUserVerbs(verbs_);
    AddHostVerbs(verbs_);
    AddShell();
  }

  int Run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return Explain(error);
    }
    const absl::StatusOr<absl::Duration> timeout = ParseDuration(timeout_);
    if (!timeout.ok()) {
      return static_cast<int>(context_.Report(
          Failure(ExitCode::kUsage, Message(Annotate(timeout.status(), "--timeout")))));
    }
    context_.timeout = *timeout;
    context_.json = output_ == "json";
    if (!verbs_.chosen()) {
      context_.out << app_.help();
      return 0;
    }
    return static_cast<int>(verbs_.chosen()());
  }

 private:
  void AddGlobals() {
    app_.fallthrough();
    app_.add_option("--ca", context_.ca_name, "Which trusted CA, when there are several")
        ->envname("MAYFLY_CA");
    app_.add_option("--config", context_.config_directory, "Where trusted CAs are kept")
        ->envname("MAYFLY_CONFIG");
    app_.add_flag("--local", context_.local, "Through mayflyd's socket on this machine");
    app_.add_option("--socket", context_.socket_path, "That socket")->envname("MAYFLY_SOCKET");
    app_.add_option("-o,--output", output_, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->envname("MAYFLY_OUTPUT");
    app_.add_flag("-q,--quiet", context_.quiet, "Results and errors only");
    app_.add_option("--timeout", timeout_, "Of one call to the CA, such as 10s");
  }

  void AddShell() {
    CLI::App* completion = verbs_.Add(
        app_, "completion", "Print a completion script for a shell",
        "mayfly completion bash > ~/.local/share/bash-completion/completions/mayfly", [this] {
          context_.out << Completion(app_, shell_);
          return ExitCode::kOk;
        });
    completion->add_option("shell", shell_, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    // For help and completion: main.cc runs it, when it comes first.
    CLI::App* keygen =
        verbs_.Add(app_, "keygen", "Certificates and revocation lists of ssh-keygen, offline",
                   "mayfly keygen -L -f id_ed25519-cert.pub", [this] {
                     return context_.Report(Failure(
                         ExitCode::kUsage, "keygen comes first, its options are ssh-keygen's",
                         "mayfly keygen --help"));
                   });
    keygen->prefix_command();
    keygen->fallthrough(false);
    keygen->set_help_flag("--help", "Print this help message and exit");
    for (const char* option : {"-s", "-L", "-k", "-Q", "--lint", "--sign", "--verify"}) {
      keygen->add_flag(option);
    }
    verbs_.Add(app_, "version", "Print the version", "mayfly version", [this] {
      context_.out << kVersion << '\n';
      return ExitCode::kOk;
    });
  }

  // CLI11's words for a mistyped command help nobody.
  int Explain(const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      return app_.exit(error, context_.out, context_.err);
    }
    const CLI::App* deepest = &app_;
    while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().front();
    std::vector<std::string> names;
    for (const CLI::App* command : deepest->get_subcommands(nullptr)) {
      names.push_back(command->get_name());
    }
    // What CLI11 could not place: the first such word is the mistyped command.
    for (const std::string& word : app_.remaining(/*recurse=*/true)) {
      if (names.empty() || word.starts_with("-")) break;
      const std::string nearest = Nearest(word, names);
      return static_cast<int>(context_.Report(Failure(
          ExitCode::kUsage, fmt::format("no command '{}'", EscapeForTerminal(word.substr(0, 64))),
          nearest.empty() ? fmt::format("see: {} --help", Path(deepest))
                          : fmt::format("did you mean: {} {}", Path(deepest), nearest))));
    }
    return static_cast<int>(
        context_.Report(Failure(ExitCode::kUsage, EscapeForTerminal(error.what()),
                                fmt::format("see: {} --help", Path(deepest)))));
  }

  std::string Path(const CLI::App* command) const {
    std::string path = command->get_name();
    for (const CLI::App* parent = command->get_parent(); parent != nullptr;
         parent = parent->get_parent()) {
      path = parent->get_name() + " " + path;
    }
    return path;
  }

  Context& context_;
  CLI::App app_;
  Verbs verbs_;
  std::string output_ = "text";
  std::string timeout_ = "30s";
  std::string shell_;
};

}  // namespace

int RunApp(Context& context, int argc, char** argv) { return App(context).Run(argc, argv); }

}  // namespace mayfly::client
