// Which principals hosts accept: what enrolled hosts write to /etc/ssh/auth_principals.
#include "ca/policy/principals.h"

#include <algorithm>

#include "base/text.h"
#include "bundle/principals_map.h"
#include "ca/policy/finding.h"
#include "client/failure.h"
#include "client/policy/json_output.h"
#include "client/policy/label_options.h"
#include "client/policy/policy_commands.h"
#include "client/print.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

bundle::PrincipalsMap MapOf(const policy::PrincipalsMap& from) {
  bundle::PrincipalsMap map;
  map.accept_plain = from.accept_plain;
  for (const policy::PrincipalsMap::Scope& scope : from.scopes) {
    map.scopes.push_back({scope.scope, scope.any_login, scope.logins});
  }
  return map;
}

// What placeholders and patterns may yield: shown with LOGIN in the place of a name that no grant
// lists.
std::vector<std::string> PrincipalsForAny(const bundle::PrincipalsMap& map) {
  constexpr std::string_view kStandIn = "a-name-that-no-grant-lists";
  std::vector<std::string> principals;
  for (std::string principal : bundle::PrincipalsFor(map, kStandIn)) {
    principal.replace(principal.size() - kStandIn.size(), kStandIn.size(), "LOGIN");
    principals.push_back(std::move(principal));
  }
  return principals;
}

AcceptedLogins LoginsOf(const bundle::PrincipalsMap& map, const std::string& only) {
  AcceptedLogins accepted;
  accepted.plain = map.accept_plain;
  if (!only.empty()) {
    accepted.by_login[only] = bundle::PrincipalsFor(map, only);
    return accepted;
  }
  for (const bundle::AcceptedScope& scope : map.scopes) {
    for (const std::string& login : scope.logins) {
      accepted.by_login[login] = bundle::PrincipalsFor(map, login);
    }
  }
  accepted.any_other = PrincipalsForAny(map);
  return accepted;
}

void PrintText(const Context& context, const model::Labels& labels,
               const AcceptedLogins& accepted) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [login, principals] : accepted.by_login) {
    rows.push_back({login, ListText(principals)});
  }
  if (!accepted.any_other.empty()) {
    rows.push_back({rows.empty() ? "any" : "any other", ListText(accepted.any_other)});
  }
  context.out << fmt::format("hosts with {} accept{}\n",
                             labels.empty() ? "no labels" : policy::Shown(labels),
                             rows.empty() ? " no principal" : "");
  if (!rows.empty()) PrintTable(context.out, {"FOR LOGIN", "THE PRINCIPALS"}, rows);
  if (!accepted.plain) context.out << "no plain principal, because of scoped_only\n";
}

}  // namespace

ExitCode AcceptedPrincipals(const Context& context, const PrincipalsOptions& options) {
  const auto labels = LabelsOf("--host-labels", options.host_labels);
  if (!labels.ok()) return context.Report(labels.status());
  const absl::StatusOr<LoadedSet> set = LoadSet(options.folder);
  if (!set.ok()) return context.Report(set.status());
  const AcceptedLogins accepted =
      LoginsOf(MapOf(policy::ComputePrincipals(*set->policy, *labels)), options.login);
  if (context.json) {
    PrintPrincipalsJson(context, *labels, accepted);
  } else if (options.login.empty()) {
    PrintText(context, *labels, accepted);
  } else {
    // Alone, as they stand in the host's file.
    for (const std::string& principal : accepted.by_login.begin()->second) {
      context.out << principal << '\n';
    }
  }
  const bool none =
      std::ranges::all_of(accepted.by_login, [](const auto& one) { return one.second.empty(); });
  if (!none || !accepted.any_other.empty()) return ExitCode::kOk;
  if (!options.login.empty()) {
    context.Say(fmt::format("they accept no principal for {}",
                            EscapeForTerminal(options.login.substr(0, 64))));
  }
  return ExitCode::kNo;
}

}  // namespace mayfly::client
