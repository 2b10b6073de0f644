#include "client/command_line/verbs.h"
#include "client/operator/health.h"
#include "client/operator/operator.h"

namespace mayfly::client {

void AddOperatorVerbs(Verbs& verbs) {
  Context& context = verbs.context();
  const auto listing = Verbs::Storage<ListOptions>();
  const auto serial = Verbs::Storage<uint64_t>();
  const auto creating = Verbs::Storage<TokenOptions>();
  CLI::App* certificates = verbs.Add(verbs.root(), "certificates", "What was issued",
                                     "mayfly certificates list --valid");
  CLI::App* list = verbs.Add(*certificates, "list", "Yours, or with --all everybody's",
                             "mayfly certificates list --all --valid",
                             [&context, listing] { return ListCertificates(context, *listing); });
  list->add_option("--subject", listing->subject, "Of one subject, such as user:alice@people");
  list->add_flag("--all", listing->all, "Everybody's (operators)");
  list->add_flag("--valid", listing->only_valid, "Only those that have not ended");
  list->add_option("--limit", listing->limit, "At most so many")->check(CLI::Range(1, 1000));
  list->add_option("--before", listing->before_serial, "Only serials below this one");
  CLI::App* show = verbs.Add(*certificates, "show", "One, with the ledger's record of it",
                             "mayfly certificates show 42",
                             [&context, serial] { return ShowCertificate(context, *serial); });
  show->add_option("serial", *serial)->required();

  CLI::App* token =
      verbs.Add(verbs.root(), "token", "Join tokens for hosts", "mayfly token create --name web1");
  CLI::App* create =
      verbs.Add(*token, "create", "Print a token for a host's first boot",
                "mayfly token create --name 'web-*' --uses 10 --label role=web --out token",
                [&context, creating] { return CreateToken(context, *creating); });
  create->add_option("--name", creating->name_pattern, "The host's name, or a pattern with one *")
      ->required();
  create->add_option("--uses", creating->uses, "How many hosts")->capture_default_str();
  create->add_option("--ttl,--lifetime", creating->lifetime, "Until when")->capture_default_str();
  Verbs::AddList(create, "--label", creating->labels,
                 "key=value that the host gets; repeat for several");
  Verbs::AddList(create, "--network", creating->networks, "Only from these networks");
  create->add_flag("--replaces", creating->replaces, "May take a name that is enrolled already");
  create->add_option("--authenticator", creating->authenticator,
                     "Which one, when there are several");
  create->add_option("--out", creating->out, "Write it to a new FILE with mode 0600 instead");
  create->add_option("--description", creating->description, "For people");

  const auto asking = Verbs::Storage<HealthOptions>();
  CLI::App* health = verbs.Add(
      verbs.root(), "health", "Whether the CA can do its work; exit 1 when not",
      "mayfly health --local", [&context, asking] { return ShowHealth(context, *asking); });
  health->add_flag("--metrics", asking->metrics,
                   "Counters and gauges as Prometheus reads them (with --local)");
}

}  // namespace mayfly::client
