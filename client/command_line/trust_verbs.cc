#include "client/command_line/verbs.h"
#include "client/trust/trust_commands.h"

namespace mayfly::client {

void AddTrustVerbs(Verbs& verbs) {
  const auto adding = Verbs::Storage<TrustAddOptions>();
  const auto printing = Verbs::Storage<TrustPrintOptions>();
  const auto name = Verbs::Storage<std::string>();
  CLI::App* trust =
      verbs.Add(verbs.root(), "trust", "Which CAs this user believes", "mayfly trust list");
  CLI::App* add =
      verbs.Add(*trust, "add", "Trust a CA, by its id",
                "mayfly trust add https://ca.example.com --fingerprint SHA256:...",
                [&verbs, adding] { return verbs.Finish(TrustAdd(verbs.context(), *adding)); });
  add->add_option("url", adding->url, "https://HOST[:PORT]")->required();
  add->add_option("--fingerprint", adding->fingerprint, "The CA id, SHA256:...")->required();
  add->add_option("--name", adding->name, "What to call it here; default: the host");
  verbs.Add(*trust, "list", "Show them", "mayfly trust list",
            [&verbs] { return verbs.Finish(TrustList(verbs.context())); });
  CLI::App* remove =
      verbs.Add(*trust, "remove", "Trust one no longer", "mayfly trust remove ca",
                [&verbs, name] { return verbs.Finish(TrustRemove(verbs.context(), *name)); });
  remove->add_option("name", *name)->required();
  verbs.Add(*trust, "refresh", "Fetch what the CA says now", "mayfly trust refresh",
            [&verbs] { return verbs.Finish(TrustRefresh(verbs.context())); });
  CLI::App* print = verbs.Add(
      *trust, "print", "Lines for sshd or for known_hosts",
      "mayfly trust print --known-hosts --pattern '*.example.com'",
      [&verbs, printing] { return verbs.Finish(TrustPrint(verbs.context(), *printing)); });
  print->add_flag("--sshd", printing->sshd, "User CA keys, for TrustedUserCAKeys");
  print->add_flag("--known-hosts", printing->known_hosts, "Host CA keys, as @cert-authority");
  Verbs::AddList(print, "--pattern", printing->patterns, "Of the hosts; repeat for several");
}

}  // namespace mayfly::client
