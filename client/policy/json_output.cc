#include "client/policy/json_output.h"

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/text.h"

namespace mayfly::client {
namespace {

using Json = nlohmann::ordered_json;

void Print(const Context& context, const Json& json) {
  context.out << json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) << '\n';
}

// "file:line:column: message" -> its parts; the lines that show the text are left out.
Json ErrorsJson(const absl::Status& error) {
  Json errors = Json::array();
  for (const std::string& line : SplitLines(Message(error))) {
    if (!line.starts_with("  ")) errors.push_back(line);
  }
  return errors;
}

std::string_view Word(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::kHeld:
      return "held";
    case model::Outcome::kFailed:
      return "failed";
    case model::Outcome::kUnknown:
      break;
  }
  return "unknown";
}

Json ConditionJson(const model::TraceCondition& condition, const std::string& rule,
                   const policy::Sources& sources) {
  return {{"condition", condition.condition},
          {"outcome", Word(condition.outcome)},
          {"detail", condition.detail},
          {"source", sources.PlaceOf(rule, policy::ConditionName(condition.condition))}};
}

void PutTerms(const model::Terms& terms, Json* json) {
  (*json)["grant"] = terms.grant;
  (*json)["principals"] = terms.principals;
  (*json)["lifetime_seconds"] = absl::ToInt64Seconds(terms.lifetime);
  (*json)["extensions"] = terms.extensions;
  if (terms.force_command) (*json)["force_command"] = *terms.force_command;
  (*json)["source_addresses"] = Json::array();
  for (const IpNetwork& network : terms.source_addresses) {
    (*json)["source_addresses"].push_back(network.ToString());
  }
}

Json DecisionJson(const model::Decision& decision) {
  const auto* granted = std::get_if<model::Granted>(&decision);
  const auto* pending = std::get_if<model::Pending>(&decision);
  Json json = {{"granted", granted != nullptr}, {"pending", pending != nullptr}};
  if (const auto* denied = std::get_if<model::Denied>(&decision)) {
    json["rule"] = denied->rule;
    json["message"] = denied->message;
    return json;
  }
  PutTerms(granted != nullptr ? granted->terms : pending->terms, &json);
  if (granted != nullptr) {
    json["break_glass"] = granted->break_glass;
  } else {
    json["waits_for"] = policy::MissingApprovals(*pending);
    json["within_seconds"] = absl::ToInt64Seconds(pending->within);
  }
  return json;
}

Json CountJson(const policy::Coverage::Count& count) {
  return {{"reached", count.reached}, {"all", count.all}, {"percent", count.percent()}};
}

std::string_view Word(policy::Change::Kind kind) {
  switch (kind) {
    case policy::Change::Kind::kGain:
      return "gain";
    case policy::Change::Kind::kMore:
      return "more";
    case policy::Change::Kind::kLess:
      return "less";
    case policy::Change::Kind::kLoss:
      break;
  }
  return "loss";
}

Json PrincipalJson(const policy::Principal& principal) {
  static constexpr std::string_view kKinds[] = {"login", "own-name", "group-name", "host-name",
                                                "host-pattern"};
  return {{"kind", kKinds[static_cast<size_t>(principal.kind)]},
          {"name", principal.text},
          {"hosts", principal.scope.empty() ? Json("any") : Json(principal.scope)},
          {"text", policy::Describe(principal)}};
}

}  // namespace

void PrintCheckJson(const Context& context, const absl::Status& error, const LoadedSet& set,
                    const std::vector<policy::Lint>& lint) {
  Json json = {{"well_formed", error.ok()}, {"errors", ErrorsJson(error)}};
  json["policy"] = error.ok() ? set.policy->hash() : "";
  json["lint"] = Json::array();
  for (const policy::Lint& one : lint) {
    const document::Diagnostic place = set.sources.At(one.rule, one.field, one.message);
    json["lint"].push_back(
        {{"severity", one.severity == policy::Severity::kWarning ? "warning" : "note"},
         {"check", one.check},
         {"rule", one.rule},
         {"file", place.file},
         {"line", place.at.line},
         {"column", place.at.column},
         {"message", one.message},
         {"advice", one.advice}});
  }
  Print(context, json);
}

void PrintTestJson(const Context& context, const std::vector<policy::CaseResult>& results,
                   const policy::Coverage& coverage) {
  Json json = {{"cases", Json::array()}};
  for (const policy::CaseResult& result : results) {
    json["cases"].push_back({{"name", result.test->name},
                             {"source", result.test->source},
                             {"passed", result.passed()},
                             {"differences", result.differences},
                             {"decision", DecisionJson(result.decision)}});
  }
  json["coverage"] = {{"grants", CountJson(coverage.grants)},
                      {"denials", CountJson(coverage.denials)},
                      {"conditions", CountJson(coverage.conditions)},
                      {"missing", coverage.missing}};
  Print(context, json);
}

void PrintExplanationJson(const Context& context, const policy::Explanation& explanation,
                          const policy::Sources& sources) {
  Json json = DecisionJson(explanation.decision);
  json["trace"] = Json::array();
  for (const model::TraceStep& step : explanation.trace) {
    Json conditions = Json::array();
    for (const model::TraceCondition& condition : step.conditions) {
      conditions.push_back(ConditionJson(condition, step.rule, sources));
    }
    json["trace"].push_back({{"rule", step.rule},
                             {"source", sources.PlaceOf(step.rule, "")},
                             {"verdict", step.verdict},
                             {"conditions", conditions}});
  }
  json["nearest"] = Json::array();
  for (const policy::NearGrant& near : explanation.nearest) {
    Json missing = Json::array();
    for (const policy::Finding& finding : near.missing) {
      missing.push_back(ConditionJson(finding.shown, "grant " + near.grant->name, sources));
    }
    json["nearest"].push_back({{"grant", near.grant->name}, {"missing", missing}});
  }
  Print(context, json);
}

void PrintWhoJson(const Context& context, const policy::WhoQuery& query,
                  const policy::WhoAnswer& answer) {
  Json json = {{"grants", Json::array()}, {"people", Json::array()}};
  for (const policy::Route& route : answer.routes) {
    json["grants"].push_back({{"grant", route.grant->name},
                              {"source", route.grant->source},
                              {"principal", PrincipalJson(route.principal)},
                              {"whom", route.whom},
                              {"terms", policy::Describe(route.offer)},
                              {"denials", route.refused}});
  }
  for (const policy::PersonRoute& person : answer.people) {
    const policy::Route& route = answer.routes[person.route];
    json["people"].push_back({{"subject", query.people[person.person].subject.ToString()},
                              {"authenticator", query.people[person.person].authenticator},
                              {"grant", route.grant->name},
                              {"principal", PrincipalJson(route.principal)},
                              {"provided", person.provided}});
  }
  Print(context, json);
}

void PrintPrincipalsJson(const Context& context, const model::Labels& labels,
                         const AcceptedLogins& accepted) {
  Print(context, {{"host_labels", labels},
                  {"accept_plain", accepted.plain},
                  {"logins", accepted.by_login},
                  {"any_other_login", accepted.any_other}});
}

void PrintDifferenceJson(const Context& context, const policy::Difference& difference) {
  Json json = {
      {"widens", difference.widens()}, {"exact", !difference.inexact}, {"changes", Json::array()}};
  for (const policy::Change& change : difference.changes) {
    Json principals = Json::array();
    for (const policy::Principal& principal : change.principals) {
      principals.push_back(PrincipalJson(principal));
    }
    json["changes"].push_back({{"change", Word(change.kind)},
                               {"certificate", change.for_user ? "user" : "host"},
                               {"grant", change.grant},
                               {"source", change.source},
                               {"principals", principals},
                               {"whom", change.whom},
                               {"terms", change.terms}});
  }
  json["limits"] = difference.limits;
  Print(context, json);
}

}  // namespace mayfly::client
