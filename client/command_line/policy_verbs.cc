#include <string>
#include <vector>

#include "client/command_line/verbs.h"
#include "client/operator/operator.h"
#include "client/operator/replay.h"
#include "client/policy/policy_commands.h"
#include "client/policy/schema.h"

namespace mayfly::client {
namespace {

void AddPolicyFolder(CLI::App* command, std::string& folder) {
  command->add_option("folder", folder, "The policies; default: this folder");
}

void AddPeople(CLI::App* command, PeopleOptions& people) {
  CLI::Option* users = command->add_option("--users", people.users, "A users file");
  command->add_option("--users-authenticator", people.authenticator, "Which reads it")
      ->needs(users)
      ->capture_default_str();
  command->add_option("--users-realm", people.realm, "Of its users")
      ->needs(users)
      ->capture_default_str();
  command->add_option("--mayflyd-config", people.mayflyd_config,
                      "mayflyd's configuration: all users files with their authenticators");
}

void AddIdentity(CLI::App* command, ExplainOptions& options) {
  CLI::Option* as = command->add_option("--as", options.user, "Who asks: a user's name");
  command->add_option("--as-host", options.host, "Or a host's, for a host certificate")
      ->excludes(as);
  Verbs::AddList(command, "--groups,--group", options.groups, "Of the user: a,b");
  command->add_flag("--groups-unknown", options.groups_unknown, "The provider did not say them");
  Verbs::AddList(command, "--labels,--label", options.labels, "Of the host that asks: key=value");
  Verbs::AddList(command, "--claim", options.claims, "Of the user: name=value; others are unknown");
  command->add_flag("--hardware-proof", options.hardware, "Proven by a security key");
  command->add_option("--realm", options.realm, "Default: people, or hosts");
  command->add_option("--authenticator", options.authenticator, "Default: ssh-key, or join");
  command->add_option("--from", options.from,
                      "The caller's address, local or unknown; default: 192.0.2.1");
  command->add_option("--at", options.at, "When, as 2026-01-05T12:00:00Z (the default, a Monday)");
  command->add_option("--key", options.key, "The key's type, as sk-ed25519 or rsa:4096");
}

void AddWanted(CLI::App* command, ExplainOptions& options) {
  command->add_option("--grant", options.grant, "A grant by name");
  Verbs::AddList(command, "--principal,--login,-n", options.logins, "Login names: a,b");
  command->add_option("--host", options.target, "A host to log in to");
  Verbs::AddList(command, "--host-labels,--host-label", options.target_labels,
                 "Its labels: key=value");
  Verbs::AddList(command, "--name", options.names, "Of a host certificate: only these names");
  command->add_option("--lifetime,--ttl", options.lifetime, "How long, such as 8h");
  command->add_option("--reason", options.reason, "Why");
  Verbs::AddList(command, "--extension", options.extensions, "Exactly these");
  command->add_flag("--no-extensions", options.no_extensions, "None");
  command->add_option("--force-command", options.force_command, "Only this command");
  Verbs::AddList(command, "--source-address", options.source_addresses, "Only from these networks");
}

}  // namespace

void AddPolicyVerbs(Verbs& verbs) {
  Context& context = verbs.context();
  CLI::App* policy = verbs.Add(verbs.root(), "policy", "Policies: check, test, explain, compare",
                               "mayfly policy check policies");

  const auto checking = Verbs::Storage<CheckOptions>();
  CLI::App* check =
      verbs.Add(*policy, "check", "Is a set well-formed, and does it say what is meant?",
                "mayfly policy check --strict /etc/mayfly/policies",
                [&context, checking] { return CheckPolicy(context, *checking); });
  AddPolicyFolder(check, checking->folder);
  check->add_flag("--strict", checking->strict, "Exit 1 for warnings, too");
  check->add_flag("--notes", checking->notes, "Show notes, too");
  AddPeople(check, checking->people);

  const auto testing = Verbs::Storage<TestOptions>();
  CLI::App* test = verbs.Add(*policy, "test", "Run the cases beside the policies (*.cases.yaml)",
                             "mayfly policy test --junit results.xml --min-coverage 90 policies",
                             [&context, testing] { return TestPolicy(context, *testing); });
  AddPolicyFolder(test, testing->folder);
  test->add_option("--junit", testing->junit, "Write the results as JUnit XML to this file");
  test->add_option("--min-coverage", testing->min_coverage, "Percent; exit 1 for less")
      ->check(CLI::Range(0, 100));
  test->add_flag("--uncovered", testing->uncovered, "Name what no case reaches");

  const auto explaining = Verbs::Storage<ExplainOptions>();
  CLI::App* explain = verbs.Add(
      *policy, "explain", "What somebody would get and why, without a CA",
      "mayfly policy explain --as alice --groups sre --principal root --host-labels env=production",
      [&context, explaining] { return ExplainPolicy(context, *explaining); });
  AddPolicyFolder(explain, explaining->folder);
  AddIdentity(explain, *explaining);
  AddWanted(explain, *explaining);
  explain->add_flag("--all", explaining->all, "Show rules that do not apply, too");

  const auto asking = Verbs::Storage<WhoOptions>();
  CLI::App* who = verbs.Add(
      *policy, "who", "Who can get a login, where?",
      "mayfly policy who --principal root --host-labels env=production --users users.yaml",
      [&context, asking] {
        return WhoCan(context, *asking, [&context](const std::string& since) {
          return RecordedIdentities(context, since);
        });
      });
  AddPolicyFolder(who, asking->folder);
  CLI::Option* login = who->add_option("--principal,--login,-n", asking->principal, "The login");
  who->add_option("--host-certificate", asking->host_certificate, "Instead: a name for a host")
      ->excludes(login);
  Verbs::AddList(who, "--host-labels,--host-label", asking->host_labels,
                 "Of the host to log in to: key=value; default: any");
  AddPeople(who, asking->people);
  who->add_flag("--recorded", asking->recorded, "Also those whom the CA has seen (read-decisions)");
  who->add_option("--since", asking->since, "How far back, such as 30d")->capture_default_str();

  const auto accepting = Verbs::Storage<PrincipalsOptions>();
  CLI::App* principals =
      verbs.Add(*policy, "principals", "Which principals hosts accept, for which login",
                "mayfly policy principals --host-labels env=production,role=web policies",
                [&context, accepting] { return AcceptedPrincipals(context, *accepting); });
  AddPolicyFolder(principals, accepting->folder);
  Verbs::AddList(principals, "--host-labels,--host-label", accepting->host_labels,
                 "Of the hosts: key=value");
  principals->add_option("--login,--principal,-n", accepting->login,
                         "Only for this one, a principal a line");

  const auto comparing = Verbs::Storage<DiffOptions>();
  CLI::App* diff = verbs.Add(*policy, "diff", "Who gains or loses what; exit 1 when anybody gains",
                             "mayfly policy diff policies.old policies",
                             [&context, comparing] { return DiffPolicies(context, *comparing); });
  diff->add_option("old", comparing->before, "The policies in force")->required();
  diff->add_option("new", comparing->now, "Those to come")->required();

  const auto replaying = Verbs::Storage<ReplayOptions>();
  CLI::App* replay = verbs.Add(*policy, "replay", "Decide recorded requests again, by new policies",
                               "mayfly policy replay --since 30d policies", [&context, replaying] {
                                 return ReplayDecisions(context, *replaying);
                               });
  replay->add_option("folder", replaying->folder, "The new policies")->required();
  replay->add_option("--since", replaying->since, "A duration or a time")->capture_default_str();

  const auto kind = Verbs::Storage<std::string>();
  *kind = "policy";
  CLI::App* schema = verbs.Add(*policy, "schema", "Print a JSON Schema, for editors",
                               "mayfly policy schema policy > .policy.schema.json",
                               [&context, kind] { return PrintSchema(context, *kind); });
  schema->add_option("of", *kind, "policy, cases, users or config")
      ->check(CLI::IsMember(SchemaNames()))
      ->capture_default_str();

  const auto widening = Verbs::Storage<bool>();
  CLI::App* apply = verbs.Add(*policy, "apply", "Have mayflyd read its policy folder again",
                              "mayfly policy apply",
                              [&context, widening] { return ApplyPolicy(context, *widening); });
  apply->add_flag("--allow-widening", *widening, "Also when a limit would go");
}

}  // namespace mayfly::client
