#include "client/command_line/app.h"

#include <functional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "base/status.h"
#include "base/text.h"
#include "client/command_line/completion.h"
#include "client/failure.h"
#include "client/host/host_commands.h"
#include "client/inspect/inspect.h"
#include "client/login/login.h"
#include "client/operator/operator.h"
#include "client/trust/trust_commands.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

constexpr char kVersion[] = "mayfly 0.1.0";
constexpr char kSshConfig[] =
    R"(# Put this into ~/.ssh/config, and the output of
#   mayfly trust print --known-hosts --pattern '*.example.com'
# into ~/.ssh/known_hosts. Hosts are then known by their certificates.
Host *.example.com
    StrictHostKeyChecking yes
    HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com
)";

// What was chosen, run after parsing.
using Action = std::function<ExitCode()>;

// All the options' storage: it must live while CLI11 parses and the command runs.
class App {
 public:
  explicit App(Context& context) : context_(context) {
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
    AddTrust();
    AddEngineer();
    AddOperator();
    AddHost();
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
    if (!action_) {
      context_.out << app_.help();
      return 0;
    }
    return static_cast<int>(action_());
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

  CLI::App* Command(CLI::App& parent, const std::string& name, const std::string& description,
                    const std::string& example, Action action) {
    CLI::App* command = parent.add_subcommand(name, description);
    command->fallthrough();
    command->footer("Example: " + example);
    if (action) {
      command->callback([this, action = std::move(action)] { action_ = action; });
    } else {
      command->require_subcommand(1);
    }
    return command;
  }

  ExitCode Finish(const absl::Status& status) {
    return status.ok() ? ExitCode::kOk : context_.Report(status);
  }

  // One value each time, repeated for several: a list that goes on would swallow what follows it.
  static CLI::Option* AddList(CLI::App* command, const std::string& names,
                              std::vector<std::string>& values, const std::string& description) {
    return command->add_option(names, values, description)->allow_extra_args(false);
  }

  void AddTrust() {
    CLI::App* trust =
        Command(app_, "trust", "Which CAs this user believes", "mayfly trust list", {});
    CLI::App* add = Command(*trust, "add", "Trust a CA, by its id",
                            "mayfly trust add https://ca.example.com --fingerprint SHA256:...",
                            [this] { return Finish(TrustAdd(context_, trust_add_)); });
    add->add_option("url", trust_add_.url, "https://HOST[:PORT]")->required();
    add->add_option("--fingerprint", trust_add_.fingerprint, "The CA id, SHA256:...")->required();
    add->add_option("--name", trust_add_.name, "What to call it here; default: the host");
    Command(*trust, "list", "Show them", "mayfly trust list",
            [this] { return Finish(TrustList(context_)); });
    CLI::App* remove = Command(*trust, "remove", "Trust one no longer", "mayfly trust remove ca",
                               [this] { return Finish(TrustRemove(context_, name_)); });
    remove->add_option("name", name_)->required();
    Command(*trust, "refresh", "Fetch what the CA says now", "mayfly trust refresh",
            [this] { return Finish(TrustRefresh(context_)); });
    CLI::App* print = Command(*trust, "print", "Lines for sshd or for known_hosts",
                              "mayfly trust print --known-hosts --pattern '*.example.com'",
                              [this] { return Finish(TrustPrint(context_, trust_print_)); });
    print->add_flag("--sshd", trust_print_.sshd, "User CA keys, for TrustedUserCAKeys");
    print->add_flag("--known-hosts", trust_print_.known_hosts, "Host CA keys, as @cert-authority");
    AddList(print, "--pattern", trust_print_.patterns, "Of the hosts; repeat for several");
  }

  void AddAsk(CLI::App* command, AskOptions& ask) {
    command->add_option("--grant", ask.grant, "A grant by name; default: policy chooses");
    command->add_option("--host", ask.host, "An enrolled host to log in to");
    AddList(command, "-n,--logins,--login", ask.logins,
            "Login names; default: all that the grant gives");
    command->add_option("--lifetime,--ttl", ask.lifetime, "How long, such as 8h");
    AddList(command, "--extension", ask.extensions, "Exactly these, such as permit-pty");
    command->add_flag("--no-extensions", ask.no_extensions, "None: no terminal, no forwarding");
    command->add_option("--force-command", ask.force_command, "Only this command");
    AddList(command, "--source-address", ask.source_addresses, "Only from these networks");
    command->add_option("--reason", ask.reason, "Why, for the record");
  }

  void AddEngineer() {
    CLI::App* login =
        Command(app_, "login", "Get a certificate into ssh-agent", "mayfly login --lifetime 4h",
                [this] { return Login(context_, login_); });
    login->add_option("-i,--identity", login_.identity, "Your enrolled key; default: it is found");
    login->add_flag("--fresh", login_.fresh, "A new session, also when there is one");
    login->add_option("--out", login_.out, "Write key and certificate to FILE instead");
    login->add_option("--key", login_.key, "Certify a key of your own: FILE-cert.pub");
    AddAsk(login, login_.ask);
    Command(app_, "logout", "End the session, empty the agent of our certificates", "mayfly logout",
            [this] { return Logout(context_); });
    Command(app_, "status", "Session and certificates; exit 1 when none is valid", "mayfly status",
            [this] { return Status(context_); });
    Command(app_, "whoami", "How the CA sees you", "mayfly whoami",
            [this] { return WhoAmI(context_); });
    CLI::App* why = Command(app_, "why", "What you would get and why, or a decision by request id",
                            "mayfly why --login root --host db1",
                            [this] { return Why(context_, name_, login_.ask); });
    why->add_option("request-id", name_, "As errors and `certificates show` print it");
    AddAsk(why, login_.ask);
    CLI::App* inspect = Command(
        app_, "inspect", "Show a public key or certificate, and what is wrong with it",
        "ssh-add -L | head -n 1 | mayfly inspect -", [this] { return Inspect(context_, name_); });
    inspect->add_option("file", name_, "A file, or - for standard input")->required();
    Command(app_, "ssh-config", "Print a snippet for ~/.ssh/config", "mayfly ssh-config", [this] {
      context_.out << kSshConfig;
      return ExitCode::kOk;
    });
  }

  void AddShell() {
    CLI::App* completion = Command(
        app_, "completion", "Print a completion script for a shell",
        "mayfly completion bash > ~/.local/share/bash-completion/completions/mayfly", [this] {
          context_.out << Completion(app_, name_);
          return ExitCode::kOk;
        });
    completion->add_option("shell", name_, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    Command(app_, "version", "Print the version", "mayfly version", [this] {
      context_.out << kVersion << '\n';
      return ExitCode::kOk;
    });
  }

  void AddOperator() {
    CLI::App* certificates =
        Command(app_, "certificates", "What was issued", "mayfly certificates list --valid", {});
    CLI::App* list = Command(*certificates, "list", "Yours, or with --all everybody's",
                             "mayfly certificates list --all --valid",
                             [this] { return ListCertificates(context_, list_); });
    list->add_option("--subject", list_.subject, "Of one subject, such as user:alice@people");
    list->add_flag("--all", list_.all, "Everybody's (operators)");
    list->add_flag("--valid", list_.only_valid, "Only those that have not ended");
    list->add_option("--limit", list_.limit, "At most so many")->check(CLI::Range(1, 1000));
    list->add_option("--before", list_.before_serial, "Only serials below this one");
    CLI::App* show = Command(*certificates, "show", "One, with the ledger's record of it",
                             "mayfly certificates show 42",
                             [this] { return ShowCertificate(context_, serial_); });
    show->add_option("serial", serial_)->required();

    CLI::App* token =
        Command(app_, "token", "Join tokens for hosts", "mayfly token create --name web1", {});
    CLI::App* create =
        Command(*token, "create", "Print a token for a host's first boot",
                "mayfly token create --name 'web-*' --uses 10 --label role=web > token",
                [this] { return CreateToken(context_, token_); });
    create->add_option("--name", token_.name_pattern, "The host's name, or a pattern with one *")
        ->required();
    create->add_option("--uses", token_.uses, "How many hosts")->capture_default_str();
    create->add_option("--ttl,--lifetime", token_.lifetime, "Until when")->capture_default_str();
    AddList(create, "--label", token_.labels, "key=value that the host gets; repeat for several");
    AddList(create, "--network", token_.networks, "Only from these networks");
    create->add_flag("--replaces", token_.replaces, "May take a name that is enrolled already");
    create->add_option("--authenticator", token_.authenticator,
                       "Which one, when there are several");
    create->add_option("--description", token_.description, "For people");

    CLI::App* policy = Command(app_, "policy", "The policy in force", "mayfly policy apply", {});
    CLI::App* apply =
        Command(*policy, "apply", "Have mayflyd read its policy folder again",
                "mayfly policy apply", [this] { return ApplyPolicy(context_, allow_widening_); });
    apply->add_flag("--allow-widening", allow_widening_, "Also when a limit would go");
  }

  void AddHost() {
    CLI::App* host = Command(app_, "host", "This machine's sshd",
                             "mayfly host enroll --token-file /run/token", {});
    CLI::App* enroll =
        Command(*host, "enroll", "Fetch host certificates and make sshd trust the CA",
                "mayfly host enroll --token-file /run/token",
                [this] { return EnrollHost(context_, enroll_); });
    enroll->add_option("--token-file", enroll_.token_file,
                       "The join token, mode 0600; - is standard input");
    enroll->add_option("--hostname", enroll_.hostname, "Default: this machine's name");
    AddList(enroll, "--principal", enroll_.principals, "Only these names of what the grant gives");
    enroll->add_option("--sshd-config", enroll_.sshd_config)->capture_default_str();
    enroll->add_option("--directory", enroll_.directory, "Where files go")->capture_default_str();
    enroll->add_option("--pid-file", enroll_.pid_file, "Of sshd")->capture_default_str();
    enroll->add_flag("--adopt", enroll_.adopt,
                     "Take over principals and CAs that are configured already");
    enroll->add_flag("!--no-reload", enroll_.reload, "Leave the reload of sshd to somebody else");
    CLI::App* renew =
        Command(*host, "renew", "Fetch new certificates and what is to be trusted now",
                "mayfly host renew --if-needed", [this] { return RenewHost(context_, renew_); });
    renew->add_option("--directory", renew_.directory, "As at enrolment")->capture_default_str();
    renew->add_flag("--if-needed", renew_.if_needed,
                    "Only in the last third of a certificate's life");
    renew->add_flag("!--no-reload", renew_.reload, "Leave the reload of sshd to somebody else");
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
  Action action_;
  std::string output_ = "text";
  std::string timeout_ = "30s";
  std::string name_;
  uint64_t serial_ = 0;
  bool allow_widening_ = false;
  TrustAddOptions trust_add_;
  TrustPrintOptions trust_print_;
  LoginOptions login_;
  ListOptions list_;
  TokenOptions token_;
  EnrollOptions enroll_;
  RenewOptions renew_;
};

}  // namespace

int RunApp(Context& context, int argc, char** argv) { return App(context).Run(argc, argv); }

}  // namespace mayfly::client
