#include "client/command_line/verbs.h"
#include "client/inspect/inspect.h"
#include "client/login/login.h"
#include "client/login/standing.h"
#include "client/trust/ssh_config.h"

namespace mayfly::client {
void AddAskOptions(CLI::App* command, AskOptions& ask) {
  command->add_option("--grant", ask.grant, "A grant by name; default: policy chooses");
  command->add_option("--host", ask.host, "An enrolled host to log in to");
  Verbs::AddList(command, "-n,--logins,--login", ask.logins,
                 "Login names; default: all that the grant gives");
  command->add_option("--lifetime,--ttl", ask.lifetime, "How long, such as 8h");
  Verbs::AddList(command, "--extension", ask.extensions, "Exactly these, such as permit-pty");
  command->add_flag("--no-extensions", ask.no_extensions, "None: no terminal, no forwarding");
  command->add_option("--force-command", ask.force_command, "Only this command");
  Verbs::AddList(command, "--source-address", ask.source_addresses, "Only from these networks");
  command->add_option("--reason", ask.reason, "Why, for the record");
}

void AddEngineerVerbs(Verbs& verbs) {
  Context& context = verbs.context();
  const auto asking = Verbs::Storage<LoginOptions>();
  const auto explaining = Verbs::Storage<AskOptions>();
  const auto request = Verbs::Storage<std::string>();
  const auto file = Verbs::Storage<std::string>();
  const auto writing = Verbs::Storage<SshConfigOptions>();
  CLI::App* login = verbs.Add(verbs.root(), "login", "Get a certificate into ssh-agent",
                              "mayfly login --lifetime 4h",
                              [&context, asking] { return Login(context, *asking); });
  login->add_option("-i,--identity", asking->identity, "Your enrolled key; default: it is found");
  login->add_option("--tls-cert", asking->tls.certificate,
                    "Log in by this client certificate, PEM");
  login->add_option("--tls-key", asking->tls.key, "Its private key, mode 0600");
  login->add_flag("--dry-run", asking->dry_run, "Show what you would get; issue nothing");
  login->add_flag("--fresh", asking->fresh, "A new session, also when there is one");
  login->add_flag("--no-browser", asking->no_browser, "Sign in by a code, on another device");
  login->add_flag("--remember", asking->remember,
                  "Keep the sign-in in the kernel's keyring: until a reboot, 30 days at most");
  login->add_option("--authenticator", asking->authenticator, "Which one, when the CA has several");
  login->add_flag("--if-needed", asking->if_needed,
                  "Only when the agent holds no valid certificate");
  login->add_flag("--no-wait", asking->no_wait, "Do not wait when somebody has to approve");
  login->add_option("--out", asking->out, "Write key and certificate to FILE instead");
  login->add_option("--key", asking->key, "Certify a key of your own: FILE-cert.pub");
  login->add_flag("--confirm", asking->confirm, "The agent asks before each use of the key");
  Verbs::AddList(login, "--only-to", asking->only_to,
                 "The agent uses the key for this host alone: [USER@]HOST, or HOST>[USER@]HOST");
  AddAskOptions(login, asking->ask);
  verbs.Add(verbs.root(), "logout", "End the session, empty the agent of our certificates",
            "mayfly logout", [&context] { return Logout(context); });
  verbs.Add(verbs.root(), "status", "Session and certificates; exit 1 when none is valid",
            "mayfly status", [&context] { return Status(context); });
  verbs.Add(verbs.root(), "whoami", "How the CA sees you", "mayfly whoami",
            [&context] { return WhoAmI(context); });
  CLI::App* why =
      verbs.Add(verbs.root(), "why", "What you would get and why, or a decision by request id",
                "mayfly why --login root --host db1",
                [&context, explaining, request] { return Why(context, *request, *explaining); });
  why->add_option("request-id", *request, "As errors and `certificates show` print it");
  AddAskOptions(why, *explaining);
  CLI::App* inspect = verbs.Add(
      verbs.root(), "inspect",
      "Show keys, certificates, an SSH signature or a revocation list, and what is wrong with them",
      "ssh-add -L | mayfly inspect -", [&context, file] { return Inspect(context, *file); });
  inspect->add_option("file", *file, "A file, or - for standard input")->required();
  CLI::App* config =
      verbs.Add(verbs.root(), "ssh-config", "Print a snippet for ~/.ssh/config",
                "mayfly ssh-config --pattern '*.example.com' --login >> ~/.ssh/config",
                [&context, writing] { return context.Finish(PrintSshConfig(context, *writing)); });
  Verbs::AddList(config, "--pattern", writing->patterns, "Of the hosts; repeat for several")
      ->required();
  config->add_flag("--login", writing->login, "Also log in when ssh finds no valid certificate");
}

}  // namespace mayfly::client
