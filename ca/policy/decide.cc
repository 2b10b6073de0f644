#include "ca/policy/decide.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ca/policy/approvals.h"
#include "ca/policy/built_in.h"
#include "ca/policy/conditions.h"
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

// The grants to try, in order: positions in the set.
std::vector<size_t> NamedGrant(const Inquiry& inquiry) {
  const Grant* grant = inquiry.policy.FindGrant(*inquiry.request.ask.grant);
  if (grant == nullptr || !IsForKind(*grant, inquiry)) return {};
  return {static_cast<size_t>(grant - inquiry.policy.grants().data())};
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
    if (IsForKind(grant, inquiry) && Evaluate(grant, inquiry, Depth::kVerdict).applies()) {
      names.push_back(grant.name);
    }
  }
  const std::string nearest = Nearest(name, names);
  return MakeRefusal(
      kDefaultDeny, fmt::format("there is no grant {} for {} certificates{}", Shown(name),
                                ssh::CertificateKindName(inquiry.request.kind),
                                nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

// The grant that fails least; of several, one that is meant for the caller, then the first.
// `for_caller` are the places among `candidates` of those that are meant for the caller. What of
// `for` fails is cheap to count, and no grant fails in less: of a thousand, few are looked at
// whole, and once one fails in a single thing, none.
const Grant& NearestOf(const Inquiry& inquiry, const std::vector<size_t>& candidates,
                       const std::vector<size_t>& for_caller) {
  const std::vector<Grant>& grants = inquiry.policy.grants();
  using Distance = std::tuple<size_t, bool, size_t>;  // Failures, not for the caller, place.
  std::optional<Distance> nearest;
  const auto look_at = [&](size_t place) {
    // Later ones are nearer only when they fail in less.
    const size_t enough = nearest ? std::get<0>(*nearest) : candidates.max_size();
    const Evaluation evaluation =
        Evaluate(grants[candidates[place]], inquiry, Depth::kCount, enough);
    const Distance distance(evaluation.failures(), !evaluation.applies(), place);
    if (!nearest || distance < *nearest) nearest = distance;
  };
  for (const size_t place : for_caller) look_at(place);
  auto next = for_caller.begin();
  for (size_t place = 0; place < candidates.size(); ++place) {
    if (nearest && std::get<0>(*nearest) <= 1) break;
    if (next != for_caller.end() && *next == place) {
      ++next;
      continue;
    }
    Findings findings(Depth::kCount);
    EvaluateConditions(grants[candidates[place]].conditions, inquiry.caller, &findings);
    if (!nearest || Distance(findings.not_held(), true, place) < *nearest) look_at(place);
  }
  return grants[candidates[std::get<2>(*nearest)]];
}

Refusal RefuseByDefault(const Inquiry& inquiry, const std::vector<size_t>& candidates,
                        const std::vector<size_t>& for_caller) {
  if (candidates.empty() && inquiry.request.ask.grant) {
    return RefuseUnknownGrant(inquiry, *inquiry.request.ask.grant);
  }
  if (candidates.empty()) {
    return MakeRefusal(kDefaultDeny, fmt::format("no grant gives {} certificates to anybody",
                                                 ssh::CertificateKindName(inquiry.request.kind)));
  }
  const Evaluation nearest =
      Evaluate(NearestOf(inquiry, candidates, for_caller), inquiry, Depth::kText);
  const std::string rule =
      nearest.applies() ? "grant " + nearest.grant->name : std::string(kDefaultDeny);
  const std::string opening =
      candidates.size() == 1
          ? fmt::format("grant {} does not permit this", nearest.grant->name)
          : fmt::format("no grant permits this; the nearest is {}", nearest.grant->name);
  Refusal refusal = MakeRefusal(rule, fmt::format("{}: {}", opening, nearest.Complaints()));
  refusal.needs_fresh_login = nearest.only_stale;
  return refusal;
}

// What Evaluate says of it, for a fifth of the time: of a thousand grants nearly all are for
// others.
bool IsForCaller(const Grant& grant, const Inquiry& inquiry) {
  Findings findings(Depth::kVerdict);
  EvaluateConditions(grant.conditions, inquiry.caller, &findings);
  return findings.not_held() == 0;
}

// Adds the steps of grants that did not permit.
class GrantSteps {
 public:
  GrantSteps(const Inquiry& inquiry, TraceDetail detail, model::Trace* trace)
      : inquiry_(inquiry), detail_(detail), trace_(trace) {}

  // It is not meant for the caller, and not to be told.
  void PassOver() { ++not_for_caller_; }
  void AddRefused(const Grant& grant, const Evaluation& evaluation) {
    if (detail_ == TraceDetail::kAll) {
      Add(evaluation);
    } else if (!evaluation.applies()) {
      ++not_for_caller_;
    } else if (++shown_ > kMaxRelevantSteps) {
      ++passed_over_;
    } else {
      Add(Evaluate(grant, inquiry_, Depth::kText));
    }
  }

  // Says how many are not shown.
  void Finish() {
    if (not_for_caller_ > 0) {
      trace_->push_back({fmt::format("{} other grants", not_for_caller_), "", "do not apply", {}});
    }
    if (passed_over_ > 0) {
      trace_->push_back({fmt::format("{} further grants", passed_over_), "", "do not permit", {}});
    }
  }

 private:
  // Whoever has more grants of their own than this reads no trace of all of them.
  static constexpr size_t kMaxRelevantSteps = 20;

  void Add(const Evaluation& evaluation) {
    trace_->push_back(evaluation.Step(evaluation.applies() ? "does not permit" : "does not apply"));
  }

  const Inquiry& inquiry_;
  const TraceDetail detail_;
  model::Trace* const trace_;
  size_t not_for_caller_ = 0;
  size_t shown_ = 0;
  size_t passed_over_ = 0;
};

// The first grant that permits; else the first that would if enough people approved; else the
// refusal. Later grants are not evaluated: the trace shows
// what the decision was made from.
std::optional<Evaluation> ChooseGrant(const Inquiry& inquiry, TraceDetail detail,
                                      model::Trace* trace, Refusal* refusal) {
  const model::Ask& ask = inquiry.request.ask;
  const ssh::CertificateKind kind = inquiry.request.kind;
  std::vector<size_t> named;
  if (ask.grant) named = NamedGrant(inquiry);
  const std::vector<size_t>& candidates = ask.grant         ? named
                                          : ask.target_host ? inquiry.policy.InOrder(kind)
                                                            : inquiry.policy.DefaultsFirst(kind);
  GrantSteps steps(inquiry, detail, trace);
  const Grant* waiting = nullptr;  // The first that lacks nothing but approval.
  std::vector<size_t> for_caller;  // Places among the candidates.
  for (size_t place = 0; place < candidates.size(); ++place) {
    const Grant& grant = inquiry.policy.grants()[candidates[place]];
    if (detail == TraceDetail::kRelevant && !IsForCaller(grant, inquiry)) {
      steps.PassOver();
      continue;
    }
    Evaluation evaluation =
        Evaluate(grant, inquiry, detail == TraceDetail::kAll ? Depth::kText : Depth::kVerdict);
    if (evaluation.applies()) for_caller.push_back(place);
    if (!evaluation.permits()) {
      steps.AddRefused(grant, evaluation);
      continue;
    }
    if (!grant.approvals.empty() && !JudgeApprovals(grant, inquiry).complete) {
      trace->push_back(Evaluate(grant, inquiry, Depth::kText).Step("waits for approval"));
      if (waiting == nullptr) waiting = &grant;
      continue;
    }
    steps.Finish();
    Evaluation told = evaluation.findings.depth() == Depth::kText
                          ? std::move(evaluation)
                          : Evaluate(grant, inquiry, Depth::kText);
    trace->push_back(told.Step("permits"));
    return told;
  }
  steps.Finish();
  if (waiting != nullptr) return Evaluate(*waiting, inquiry, Depth::kText);
  *refusal = RefuseByDefault(inquiry, candidates, for_caller);
  return std::nullopt;
}

model::Denied Deny(const Inquiry& inquiry, Refusal refusal, model::Trace trace) {
  model::Denied denied;
  denied.rule = std::move(refusal.rule);
  denied.message = std::move(refusal.message);
  denied.needs_fresh_login = refusal.needs_fresh_login;
  denied.policy_hash = inquiry.policy.hash();
  denied.trace = std::move(trace);
  return denied;
}

model::Pending Wait(const Inquiry& inquiry, const Evaluation& chosen, ApprovalVerdict approvals,
                    model::Trace trace) {
  model::Pending pending;
  pending.terms = chosen.terms;
  pending.needs = std::move(approvals.needs);
  pending.within = approvals.within;
  pending.policy_hash = inquiry.policy.hash();
  pending.trace = std::move(trace);
  return pending;
}

}  // namespace

TraceDetail DetailFor(const PolicySet& policy) {
  constexpr size_t kReadable = 40;
  return policy.grants().size() + policy.denials().size() <= kReadable ? TraceDetail::kAll
                                                                       : TraceDetail::kRelevant;
}

model::Decision Decide(const PolicySet& policy, const model::Identity& identity,
                       const model::Request& request, const model::Facts& facts, absl::Time now,
                       TraceDetail detail) {
  const Inquiry inquiry(policy, identity, request, facts, now);
  model::Trace trace;
  if (std::optional<Refusal> refusal = CheckBuiltIn(inquiry, &trace)) {
    return Deny(inquiry, *std::move(refusal), std::move(trace));
  }
  if (std::optional<Refusal> refusal = CheckDenialsOfRequest(inquiry, detail, &trace)) {
    return Deny(inquiry, *std::move(refusal), std::move(trace));
  }
  Refusal no_grant;
  std::optional<Evaluation> chosen = ChooseGrant(inquiry, detail, &trace, &no_grant);
  if (!chosen) return Deny(inquiry, std::move(no_grant), std::move(trace));
  if (inquiry.for_user()) {
    if (std::optional<Refusal> refusal =
            CheckDenialsOfCertificate(inquiry, chosen->opening, detail, &trace)) {
      return Deny(inquiry, *std::move(refusal), std::move(trace));
    }
  }
  ApprovalVerdict approvals;
  if (!chosen->grant->approvals.empty()) approvals = JudgeApprovals(*chosen->grant, inquiry);
  if (!chosen->grant->approvals.empty() && !approvals.complete) {
    return Wait(inquiry, *chosen, std::move(approvals), std::move(trace));
  }
  model::Granted granted;
  granted.terms = std::move(chosen->terms);
  granted.break_glass = chosen->grant->break_glass;
  if (approvals.complete) {
    granted.approval = model::ApprovalUse{inquiry.facts.filed->number, approvals.once};
  }
  granted.policy_hash = policy.hash();
  granted.trace = std::move(trace);
  return granted;
}

}  // namespace mayfly::policy
