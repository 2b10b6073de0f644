#include "ca/policy/analysis/explain.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "ca/policy/approvals.h"
#include "ca/policy/evaluation.h"
#include "ca/policy/inquiry.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

constexpr size_t kMaxNearest = 3;

bool IsGrantStep(const model::TraceStep& step) { return step.rule.starts_with("grant "); }

std::string_view VerdictOf(const Evaluation& evaluation, const model::Decision& decision,
                           bool approved) {
  const auto* granted = std::get_if<model::Granted>(&decision);
  if (granted != nullptr && granted->terms.grant == evaluation.grant->name) return "permits";
  const auto* pending = std::get_if<model::Pending>(&decision);
  if (pending != nullptr && pending->terms.grant == evaluation.grant->name) {
    return "waits for approval";
  }
  if (evaluation.permits() && !approved) return "would wait for approval";
  if (evaluation.permits()) return "would permit as well";
  return evaluation.applies() ? "does not permit" : "does not apply";
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

// One condition a rule of approval; they come last, as approvals do.
void AddApprovals(const ApprovalVerdict& verdict, model::TraceStep* step) {
  for (const model::ApprovalNeed& need : verdict.needs) {
    const bool met = verdict.complete || need.approved_by.size() >= need.count;
    step->conditions.push_back({fmt::format("approvals: {} from {}", need.count, need.from),
                                met ? model::Outcome::kHeld : model::Outcome::kFailed,
                                need.approved_by.empty()
                                    ? "nobody has approved"
                                    : "approved by " + Joined(need.approved_by)});
  }
}

NearGrant Near(const Evaluation& evaluation) {
  NearGrant near{evaluation.grant, {}, true};
  for (const Finding& finding : evaluation.findings.list()) {
    if (!finding.held()) near.missing.push_back(finding);
  }
  return near;
}

// Not of the login or host that is asked for: nothing that the caller could do mends that.
bool GivesSomethingElse(const Evaluation& evaluation, const model::Ask& ask) {
  if (ask.logins.empty() && !ask.target_host) return false;
  return std::ranges::any_of(evaluation.findings.list(), [](const Finding& finding) {
    const std::string name = ConditionName(finding.shown.condition);
    return finding.shown.outcome == model::Outcome::kFailed &&
           (name == "logins" || name == "hosts");
  });
}

// How many of the groups that a grant speaks of the caller is in.
size_t SharedGroups(const Grant& grant, const model::Identity& identity) {
  if (!identity.groups.known()) return 0;
  const auto is_in = [&](const std::string& group) {
    return std::ranges::count(identity.groups.value(), group) > 0;
  };
  return static_cast<size_t>(std::ranges::count_if(grant.conditions.groups, is_in) +
                             std::ranges::count_if(grant.conditions.all_groups, is_in));
}

// Smaller is nearer: what a grant can never give, how much is missing, whom it is meant for.
using Distance = std::tuple<bool, size_t, bool, size_t>;

std::vector<NearGrant> NearestOf(const std::vector<Evaluation>& evaluations,
                                 const Situation& situation) {
  constexpr size_t kFarthest = std::numeric_limits<size_t>::max();
  std::vector<std::pair<Distance, const Evaluation*>> order;
  for (const Evaluation& evaluation : evaluations) {
    order.emplace_back(Distance(GivesSomethingElse(evaluation, situation.request.ask),
                                evaluation.failures(), !evaluation.applies(),
                                kFarthest - SharedGroups(*evaluation.grant, situation.identity)),
                       &evaluation);
  }
  std::ranges::stable_sort(order, {}, [](const auto& one) { return one.first; });
  std::vector<NearGrant> nearest;
  for (const auto& [distance, evaluation] : order) {
    if (nearest.size() < kMaxNearest && distance == order.front().first) {
      nearest.push_back(Near(*evaluation));
      nearest.back().gives_it = !std::get<0>(distance);
    }
  }
  return nearest;
}

// The structured bindings stop compiling when a condition is added: then it belongs here too.
std::vector<std::string> NamesOf(const Conditions& conditions) {
  const auto& [authenticators, realm, groups, labels, networks, all_groups, no_groups, claims,
               claim_patterns, hours, hardware_proof, since, until] = conditions;
  std::vector<std::string> names;
  const auto add = [&](bool written, std::string_view name) {
    if (written) names.emplace_back(name);
  };
  add(!authenticators.empty(), "authenticators");
  add(realm.has_value(), "realm");
  add(!groups.empty(), "groups");
  add(!all_groups.empty(), "all_groups");
  add(!no_groups.empty(), "no_groups");
  add(!labels.empty(), "labels");
  add(!networks.empty(), "networks");
  add(hardware_proof.has_value(), "hardware_proof");
  add(since.has_value(), "since");
  add(until.has_value(), "until");
  for (const auto& [name, values] : claims) add(true, "claims." + name);
  for (const auto& [name, patterns] : claim_patterns) add(true, "claim_patterns." + name);
  add(hours.has_value(), "hours");
  return names;
}

}  // namespace

Explanation Explain(const PolicySet& policy, const Situation& situation) {
  Explanation explanation{Decide(policy, situation), {}, {}};
  const Inquiry inquiry(policy, situation.identity, situation.request, situation.facts,
                        situation.now);
  const model::Trace& decided =
      std::visit([](const auto& decision) -> const model::Trace& { return decision.trace; },
                 explanation.decision);
  const auto first_grant = std::ranges::find_if(decided, IsGrantStep);
  explanation.trace.assign(decided.begin(), first_grant);
  std::vector<Evaluation> evaluations;
  for (const Grant& grant : policy.grants()) {
    if (inquiry.for_user() != (grant.user() != nullptr)) continue;
    const auto& wanted = situation.request.ask.grant;
    if (wanted && grant.name != *wanted) continue;
    evaluations.push_back(Evaluate(grant, inquiry, Depth::kText));
    const ApprovalVerdict approvals = JudgeApprovals(grant, inquiry);
    const bool approved = grant.approvals.empty() || approvals.complete;
    model::TraceStep& step = explanation.trace.emplace_back(
        evaluations.back().Step(VerdictOf(evaluations.back(), explanation.decision, approved)));
    AddApprovals(approvals, &step);
  }
  std::copy_if(first_grant, decided.end(), std::back_inserter(explanation.trace),
               [](const model::TraceStep& step) { return !IsGrantStep(step); });
  const bool none = std::ranges::none_of(
      evaluations, [](const Evaluation& evaluation) { return evaluation.permits(); });
  if (none && !evaluations.empty()) explanation.nearest = NearestOf(evaluations, situation);
  return explanation;
}

std::string ConditionName(std::string_view condition) {
  if (condition.starts_with("RSA from")) return "RSA";
  if (condition.starts_with("groups: all of")) return "all_groups";
  if (condition.starts_with("groups: none of")) return "no_groups";
  const size_t colon = condition.find(':');
  const std::string name(condition.substr(0, colon));
  if (name.starts_with("claim ") && colon != std::string_view::npos) {
    const bool like = condition.substr(colon).starts_with(": like");
    return (like ? "claim_patterns." : "claims.") + name.substr(6);
  }
  if (name.starts_with("extension ")) return "custom_extensions." + name.substr(10);
  return name;
}

std::vector<std::string> ConditionsOf(const Grant& grant) {
  std::vector<std::string> names = NamesOf(grant.conditions);
  if (grant.requires_reason) names.emplace_back("reason");
  if (grant.authenticated_within) names.emplace_back("authenticated within");
  if (!grant.approvals.empty()) names.emplace_back("approvals");
  return names;
}

std::vector<std::string> ConditionsOf(const Denial& denial) {
  std::vector<std::string> names = NamesOf(denial.conditions);
  if (!denial.logins.empty()) names.emplace_back("logins");
  if (!denial.hosts.empty()) names.emplace_back("hosts");
  if (!denial.key_types.empty()) names.emplace_back("key types");
  return names;
}

}  // namespace mayfly::policy
