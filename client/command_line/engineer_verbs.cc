#include "client/command_line/verbs.h"
#include "client/inspect/inspect.h"
#include "client/login/login.h"

namespace mayfly::client {
namespace {

constexpr char kSshConfig[] =
    R"(# Put this into ~/.ssh/config, and the output of
#   mayfly trust print --known-hosts --pattern '*.example.com'
# into ~/.ssh/known_hosts. Hosts are then known by their certificates.
Host *.example.com
    StrictHostKeyChecking yes
    HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com
)";

}  // namespace

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
  CLI::App* login = verbs.Add(verbs.root(), "login", "Get a certificate into ssh-agent",
                              "mayfly login --lifetime 4h",
                              [&context, asking] { return Login(context, *asking); });
  login->add_option("-i,--identity", asking->identity, "Your enrolled key; default: it is found");
  login->add_flag("--fresh", asking->fresh, "A new session, also when there is one");
  login->add_option("--out", asking->out, "Write key and certificate to FILE instead");
  login->add_option("--key", asking->key, "Certify a key of your own: FILE-cert.pub");
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
  CLI::App* inspect = verbs.Add(verbs.root(), "inspect",
                                "Show a public key or certificate, and what is wrong with it",
                                "ssh-add -L | head -n 1 | mayfly inspect -",
                                [&context, file] { return Inspect(context, *file); });
  inspect->add_option("file", *file, "A file, or - for standard input")->required();
  verbs.Add(verbs.root(), "ssh-config", "Print a snippet for ~/.ssh/config", "mayfly ssh-config",
            [&context] {
              context.out << kSshConfig;
              return ExitCode::kOk;
            });
}

}  // namespace mayfly::client
