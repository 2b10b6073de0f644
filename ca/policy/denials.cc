#include "ca/policy/denials.h"

#include <algorithm>
#include <utility>

#include "ca/policy/conditions.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

constexpr std::string_view kUserOnly = "a host certificate opens no login";

void FindLogins(const Denial& denial, const std::vector<std::string>& logins, Findings* findings) {
  const auto met = std::ranges::find_if(logins, [&](const std::string& login) {
    return std::ranges::find(denial.logins, login) != denial.logins.end();
  });
  findings->Add(OutcomeOf(met != logins.end()), [&] {
    return Text{fmt::format("logins: any of {}", Shown(denial.logins)),
                met != logins.end() ? fmt::format("login {}", Shown(*met))
                                    : fmt::format("logins {}", Shown(logins)),
                ""};
  });
}

// Of the host that the request names.
void FindTarget(const Denial& denial, const Inquiry& inquiry, Findings* findings) {
  const model::Fact<model::Labels>& labels = inquiry.facts.target_labels;
  findings->Add(labels.known() ? OutcomeOf(HasLabels(labels.value(), denial.hosts))
                               : model::Outcome::kUnknown,
                [&] {
                  const std::string host = Shown(*inquiry.request.ask.target_host);
                  return Text{fmt::format("hosts: {}", Shown(denial.hosts)),
                              labels.known() ? fmt::format("{} has {}", host, Shown(labels.value()))
                                             : fmt::format("the labels of {} are unknown", host),
                              ""};
                });
}

// Whether some host may have all labels of both.
bool Compatible(const model::Labels& a, const model::Labels& b) {
  return std::ranges::all_of(a, [&](const auto& label) {
    const auto other = b.find(label.first);
    return other == b.end() || other->second == label.second;
  });
}

// Of every host that the certificate could open, not only the one that was named: a principal is
// not bound to it.
void FindScope(const Denial& denial, const Inquiry& inquiry, const model::Labels& scope,
               Findings* findings) {
  if (inquiry.request.ask.target_host && !inquiry.facts.target_labels.known()) {
    FindTarget(denial, inquiry, findings);
    return;
  }
  const model::Labels& scoped_only = inquiry.policy.scoped_only();
  const bool shut = scope.empty() && !scoped_only.empty() && HasLabels(denial.hosts, scoped_only);
  findings->Add(OutcomeOf(!shut && Compatible(scope, denial.hosts)), [&] {
    return Text{fmt::format("hosts: {}", Shown(denial.hosts)),
                shut            ? "those hosts accept no plain principal"
                : scope.empty() ? "a plain principal opens any host"
                                : fmt::format("it would open hosts with {}", Shown(scope)),
                ""};
  });
}

void FindKeyType(const Denial& denial, const Inquiry& inquiry, Findings* findings) {
  const ssh::KeyType type = inquiry.request.key.type();
  const bool of_type = std::ranges::find(denial.key_types, type) != denial.key_types.end();
  findings->Add(OutcomeOf(of_type), [&] {
    std::vector<std::string> types;
    for (const ssh::KeyType one : denial.key_types) types.emplace_back(ssh::KeyTypeShortName(one));
    return Text{fmt::format("key types: any of {}", Shown(types)),
                std::string(ssh::KeyTypeShortName(type)), ""};
  });
}

void FindCaller(const Denial& denial, const Inquiry& inquiry, Findings* findings) {
  EvaluateConditions(denial.conditions, inquiry.caller, findings);
  if (!denial.key_types.empty()) FindKeyType(denial, inquiry, findings);
}

// Nobody knows yet: the request leaves it to the grant.
bool LeavesOpen(const Denial& denial, const model::Ask& ask) {
  return (!denial.logins.empty() && ask.logins.empty()) ||
         (!denial.hosts.empty() && !ask.target_host);
}

void FindOfRequest(const Denial& denial, const Inquiry& inquiry, Findings* findings) {
  const model::Ask& ask = inquiry.request.ask;
  FindCaller(denial, inquiry, findings);
  if (!inquiry.for_user()) {
    if (!denial.logins.empty()) {
      findings->Add(model::Outcome::kFailed, [&] {
        return Text{fmt::format("logins: any of {}", Shown(denial.logins)), std::string(kUserOnly),
                    ""};
      });
    }
    if (!denial.hosts.empty()) {
      findings->Add(model::Outcome::kFailed, [&] {
        return Text{fmt::format("hosts: {}", Shown(denial.hosts)), std::string(kUserOnly), ""};
      });
    }
    return;
  }
  if (!denial.logins.empty() && !ask.logins.empty()) FindLogins(denial, ask.logins, findings);
  if (!denial.hosts.empty() && ask.target_host) FindTarget(denial, inquiry, findings);
}

void FindOfCertificate(const Denial& denial, const Inquiry& inquiry, const Opening& opening,
                       Findings* findings) {
  FindCaller(denial, inquiry, findings);
  if (!denial.logins.empty()) FindLogins(denial, opening.logins, findings);
  if (!denial.hosts.empty()) FindScope(denial, inquiry, opening.scope, findings);
}

Refusal RefusalOf(const Denial& denial, const std::vector<Finding>& findings) {
  Refusal refusal;
  refusal.rule = "denial " + denial.name;
  refusal.message =
      denial.message.empty() ? fmt::format("denial {} refuses this", denial.name) : denial.message;
  for (const Finding& finding : findings) {
    if (finding.shown.outcome != model::Outcome::kUnknown) continue;
    refusal.message += fmt::format(" ({})", finding.shown.detail);
  }
  return refusal;
}

// Asks one denial: adds its step, and returns the refusal when every condition holds or is
// unknown. `find` adds the findings.
template <typename Find>
std::optional<Refusal> Ask(const Denial& denial, bool left_open, TraceDetail detail,
                           const Find& find, model::Trace* trace) {
  if (detail == TraceDetail::kRelevant) {
    Findings verdict(Depth::kVerdict);
    find(&verdict);
    if (verdict.failed() > 0) return std::nullopt;
  }
  Findings findings(Depth::kText);
  find(&findings);
  const bool meets = findings.failed() == 0;
  model::TraceStep step;
  step.rule = "denial " + denial.name;
  step.source = denial.source;
  step.verdict = !meets ? "does not apply" : left_open ? "depends on the certificate" : "refused";
  for (const Finding& finding : findings.list()) step.conditions.push_back(finding.shown);
  trace->push_back(std::move(step));
  if (!meets || left_open) return std::nullopt;
  return RefusalOf(denial, findings.list());
}

}  // namespace

std::optional<Refusal> CheckDenialsOfRequest(const Inquiry& inquiry, TraceDetail detail,
                                             model::Trace* trace) {
  for (const Denial& denial : inquiry.policy.denials()) {
    const bool left_open = inquiry.for_user() && LeavesOpen(denial, inquiry.request.ask);
    std::optional<Refusal> refusal = Ask(
        denial, left_open, detail,
        [&](Findings* findings) { FindOfRequest(denial, inquiry, findings); }, trace);
    if (refusal) return refusal;
  }
  return std::nullopt;
}

std::optional<Refusal> CheckDenialsOfCertificate(const Inquiry& inquiry, const Opening& opening,
                                                 TraceDetail detail, model::Trace* trace) {
  for (const Denial& denial : inquiry.policy.denials()) {
    if (denial.logins.empty() && denial.hosts.empty()) continue;
    std::optional<Refusal> refusal = Ask(
        denial, /*left_open=*/false, detail,
        [&](Findings* findings) { FindOfCertificate(denial, inquiry, opening, findings); }, trace);
    if (refusal) return refusal;
  }
  return std::nullopt;
}

}  // namespace mayfly::policy
