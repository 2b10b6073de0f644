#include "ca/policy/decide.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ca/policy/built_in.h"
#include "ca/policy/denials.h"
#include "ca/policy/evaluation.h"
#include "ca/policy/inquiry.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

constexpr std::string_view kDefaultDeny = "default deny";

bool IsForKind(const Grant& grant, const Inquiry& inquiry) {
  return inquiry.for_user() == (grant.user() != nullptr);
}

// The grants to try, in order.
std::vector<const Grant*> Candidates(const Inquiry& inquiry) {
  std::vector<const Grant*> candidates;
  const model::Ask& ask = inquiry.request.ask;
  for (const Grant& grant : inquiry.policy.grants()) {
    if (!IsForKind(grant, inquiry)) continue;
    if (ask.grant && grant.name != *ask.grant) continue;
    candidates.push_back(&grant);
  }
  if (!ask.grant && !ask.target_host) {
    std::stable_partition(candidates.begin(), candidates.end(),
                          [](const Grant* grant) { return grant->is_default; });
  }
  return candidates;
}

Refusal MakeRefusal(std::string_view rule, std::string_view message) {
  Refusal refusal;
  refusal.rule = rule;
  refusal.message = message;
  return refusal;
}

// Suggests only grants that are meant for the caller: the names of others are none of their
// business.
Refusal RefuseUnknownGrant(const Inquiry& inquiry, const std::string& name) {
  std::vector<std::string> names;
  for (const Grant& grant : inquiry.policy.grants()) {
    if (IsForKind(grant, inquiry) && Evaluate(grant, inquiry).applies()) {
      names.push_back(grant.name);
    }
  }
  const std::string nearest = Nearest(name, names);
  return MakeRefusal(
      kDefaultDeny, fmt::format("there is no grant {} for {} certificates{}", Shown(name),
                                ssh::CertificateKindName(inquiry.request.kind),
                                nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

// The grant that failed least; of several, one that is meant for the caller, then the first.
const Evaluation& NearestOf(const std::vector<Evaluation>& evaluations) {
  return *std::ranges::min_element(evaluations, [](const Evaluation& a, const Evaluation& b) {
    if (a.failures() != b.failures()) return a.failures() < b.failures();
    return a.applies() && !b.applies();
  });
}

Refusal RefuseByDefault(const Inquiry& inquiry, const std::vector<Evaluation>& evaluations) {
  if (evaluations.empty() && inquiry.request.ask.grant) {
    return RefuseUnknownGrant(inquiry, *inquiry.request.ask.grant);
  }
  if (evaluations.empty()) {
    return MakeRefusal(kDefaultDeny, fmt::format("no grant gives {} certificates to anybody",
                                                 ssh::CertificateKindName(inquiry.request.kind)));
  }
  const Evaluation& nearest = NearestOf(evaluations);
  const std::string rule =
      nearest.applies() ? "grant " + nearest.grant->name : std::string(kDefaultDeny);
  const std::string opening =
      evaluations.size() == 1
          ? fmt::format("grant {} does not permit this", nearest.grant->name)
          : fmt::format("no grant permits this; the nearest is {}", nearest.grant->name);
  return MakeRefusal(rule, fmt::format("{}: {}", opening, nearest.Complaints()));
}

// The first grant that permits, or the refusal. Later grants are not evaluated: the trace shows
// what the decision was made from.
std::optional<Evaluation> ChooseGrant(const Inquiry& inquiry, model::Trace* trace,
                                      Refusal* refusal) {
  std::vector<Evaluation> evaluations;
  for (const Grant* grant : Candidates(inquiry)) {
    Evaluation evaluation = Evaluate(*grant, inquiry);
    if (evaluation.permits()) {
      trace->push_back(evaluation.Step("permits"));
      return evaluation;
    }
    trace->push_back(evaluation.Step(evaluation.applies() ? "does not permit" : "does not apply"));
    evaluations.push_back(std::move(evaluation));
  }
  *refusal = RefuseByDefault(inquiry, evaluations);
  return std::nullopt;
}

model::Denied Deny(const Inquiry& inquiry, Refusal refusal, model::Trace trace) {
  model::Denied denied;
  denied.rule = std::move(refusal.rule);
  denied.message = std::move(refusal.message);
  denied.policy_hash = inquiry.policy.hash();
  denied.trace = std::move(trace);
  return denied;
}

}  // namespace

model::Decision Decide(const PolicySet& policy, const model::Identity& identity,
                       const model::Request& request, const model::Facts& facts, absl::Time now) {
  const Inquiry inquiry{policy, identity, request, facts, now};
  model::Trace trace;
  if (std::optional<Refusal> refusal = CheckBuiltIn(inquiry, &trace)) {
    return Deny(inquiry, *std::move(refusal), std::move(trace));
  }
  if (std::optional<Refusal> refusal = CheckDenialsOfRequest(inquiry, &trace)) {
    return Deny(inquiry, *std::move(refusal), std::move(trace));
  }
  Refusal no_grant;
  std::optional<Evaluation> chosen = ChooseGrant(inquiry, &trace, &no_grant);
  if (!chosen) return Deny(inquiry, std::move(no_grant), std::move(trace));
  if (inquiry.for_user()) {
    if (std::optional<Refusal> refusal =
            CheckDenialsOfCertificate(inquiry, chosen->opening, &trace)) {
      return Deny(inquiry, *std::move(refusal), std::move(trace));
    }
  }
  model::Granted granted;
  granted.terms = std::move(chosen->terms);
  granted.policy_hash = policy.hash();
  granted.trace = std::move(trace);
  return granted;
}

}  // namespace mayfly::policy
