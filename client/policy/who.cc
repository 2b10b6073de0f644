#include "ca/policy/analysis/who.h"

#include <algorithm>

#include "base/text.h"
#include "client/failure.h"
#include "client/policy/alike.h"
#include "client/policy/json_output.h"
#include "client/policy/label_options.h"
#include "client/policy/policy_commands.h"
#include "client/print.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

std::string AnyOf(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : "; or ") + text;
  return joined;
}

std::string RouteText(const policy::Route& route, bool with_source) {
  const std::string source = with_source ? fmt::format(" ({})", route.grant->source) : "";
  std::string text = fmt::format("  grant {}{}: {}\n", route.grant->name, source,
                                 policy::Describe(route.principal));
  for (size_t i = 0; i < route.whom.size(); ++i) {
    text += fmt::format("    {} {}\n", i == 0 ? "for" : " or", route.whom[i]);
  }
  text += fmt::format("    {}\n", policy::Describe(route.offer));
  if (route.refused.empty()) return text;
  return text + fmt::format("    some are refused by {}\n", ListText(route.refused));
}

void PrintRoutes(const Context& context, const std::vector<policy::Route>& routes) {
  std::vector<std::string> texts;
  for (const policy::Route& route : routes)
    texts.push_back(RouteText(route, /*with_source=*/false));
  for (const Alike& alike : GroupAlike(texts)) {
    context.out << RouteText(routes[alike.index], /*with_source=*/true)
                << OthersText(alike, "    ");
  }
}

void PrintText(const Context& context, const WhoOptions& options, const policy::WhoQuery& query,
               const policy::WhoAnswer& answer) {
  if (answer.routes.empty()) {
    context.out << fmt::format("nobody can get {}\n", EscapeForTerminal(query.login));
    return;
  }
  context.out << fmt::format("{} can be had by\n", EscapeForTerminal(query.login));
  PrintRoutes(context, answer.routes);
  constexpr size_t kMany = 10;
  if (answer.routes.size() > kMany && options.host_labels.empty()) {
    context.Hint("--host-labels key=value asks of hosts of one kind");
  }
  if (options.people.users.empty() && options.people.mayflyd_config.empty() && !options.recorded) {
    context.Hint("--users FILE, --mayflyd-config FILE or --recorded name the people");
    return;
  }
  if (answer.people.empty()) {
    context.out << fmt::format("none of the {} people known is among them\n", query.people.size());
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const policy::PersonRoute& person : answer.people) {
    const model::Identity& identity = query.people[person.person];
    rows.push_back({EscapeForTerminal(identity.subject.ToString()),
                    EscapeForTerminal(identity.authenticator),
                    answer.routes[person.route].grant->name, AnyOf(person.provided)});
  }
  context.out << "these people:\n";
  PrintTable(context.out, {"SUBJECT", "AUTHENTICATOR", "GRANT", "IF"}, rows);
}

}  // namespace

ExitCode WhoCan(const Context& context, const WhoOptions& options, const RecordedPeople& recorded) {
  absl::StatusOr<KnownPeople> known = LoadPeople(options.people);
  if (!known.ok()) return context.Report(known.status());
  const auto labels = LabelsOf("--host-labels", options.host_labels);
  if (!labels.ok()) return context.Report(labels.status());
  const absl::StatusOr<LoadedSet> set = LoadSet(options.folder);
  if (!set.ok()) return context.Report(set.status());
  policy::WhoQuery query;
  query.for_user = options.host_certificate.empty();
  query.login = query.for_user ? options.principal : options.host_certificate;
  if (!options.host_labels.empty()) query.host_labels = *labels;
  if (query.for_user) query.people = std::move(known->people);
  if (query.for_user && options.recorded) {
    auto seen = recorded(options.since);
    if (!seen.ok()) return context.Report(seen.status());
    std::ranges::move(*seen, std::back_inserter(query.people));
  }
  const policy::WhoAnswer answer = policy::Who(*set->policy, query);
  if (context.json) {
    PrintWhoJson(context, query, answer);
  } else {
    PrintText(context, options, query, answer);
  }
  return answer.routes.empty() ? ExitCode::kNo : ExitCode::kOk;
}

}  // namespace mayfly::client
