#include "ca/policy/denials.h"

#include <algorithm>
#include <utility>

#include "ca/policy/conditions.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

constexpr std::string_view kUserOnly = "a host certificate opens no login";

Finding LoginFinding(const Denial& denial, const std::vector<std::string>& logins) {
  const std::string condition = fmt::format("logins: any of {}", Shown(denial.logins));
  const std::string detail = fmt::format("logins {}", Shown(logins));
  for (const std::string& login : logins) {
    if (std::ranges::find(denial.logins, login) != denial.logins.end()) {
      return Held(condition, fmt::format("login {}", Shown(login)));
    }
  }
  return Failed(condition, detail, "");
}

// Of the host that the request names.
Finding TargetFinding(const Denial& denial, const Inquiry& inquiry) {
  const std::string condition = fmt::format("hosts: {}", Shown(denial.hosts));
  const std::string host = Shown(*inquiry.request.ask.target_host);
  if (!inquiry.facts.target_labels.known()) {
    return Unknown(condition, fmt::format("the labels of {} are unknown", host), "");
  }
  const model::Labels& labels = inquiry.facts.target_labels.value();
  const std::string detail = fmt::format("{} has {}", host, Shown(labels));
  return HasLabels(labels, denial.hosts) ? Held(condition, detail) : Failed(condition, detail, "");
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
Finding ScopeFinding(const Denial& denial, const Inquiry& inquiry, const model::Labels& scope) {
  const std::string condition = fmt::format("hosts: {}", Shown(denial.hosts));
  if (inquiry.request.ask.target_host && !inquiry.facts.target_labels.known()) {
    return TargetFinding(denial, inquiry);
  }
  if (scope.empty()) {
    const model::Labels& scoped_only = inquiry.policy.scoped_only();
    if (!scoped_only.empty() && HasLabels(denial.hosts, scoped_only)) {
      return Failed(condition, "those hosts accept no plain principal", "");
    }
    return Held(condition, "a plain principal opens any host");
  }
  const std::string detail = fmt::format("it would open hosts with {}", Shown(scope));
  return Compatible(scope, denial.hosts) ? Held(condition, detail) : Failed(condition, detail, "");
}

// Nobody knows yet: the request leaves it to the grant.
bool LeavesOpen(const Denial& denial, const model::Ask& ask) {
  return (!denial.logins.empty() && ask.logins.empty()) ||
         (!denial.hosts.empty() && !ask.target_host);
}

std::vector<Finding> FindingsOfRequest(const Denial& denial, const Inquiry& inquiry) {
  const model::Ask& ask = inquiry.request.ask;
  std::vector<Finding> findings =
      EvaluateConditions(denial.conditions, inquiry.identity, inquiry.request.peer);
  if (!inquiry.for_user()) {
    if (!denial.logins.empty()) {
      findings.push_back(
          Failed(fmt::format("logins: any of {}", Shown(denial.logins)), kUserOnly, ""));
    }
    if (!denial.hosts.empty()) {
      findings.push_back(Failed(fmt::format("hosts: {}", Shown(denial.hosts)), kUserOnly, ""));
    }
    return findings;
  }
  if (!denial.logins.empty() && !ask.logins.empty()) {
    findings.push_back(LoginFinding(denial, ask.logins));
  }
  if (!denial.hosts.empty() && ask.target_host) findings.push_back(TargetFinding(denial, inquiry));
  return findings;
}

std::vector<Finding> FindingsOfCertificate(const Denial& denial, const Inquiry& inquiry,
                                           const Opening& opening) {
  std::vector<Finding> findings =
      EvaluateConditions(denial.conditions, inquiry.identity, inquiry.request.peer);
  if (!denial.logins.empty()) findings.push_back(LoginFinding(denial, opening.logins));
  if (!denial.hosts.empty()) findings.push_back(ScopeFinding(denial, inquiry, opening.scope));
  return findings;
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

// Adds the step, and returns the refusal when every condition holds or is unknown.
std::optional<Refusal> Conclude(const Denial& denial, const std::vector<Finding>& findings,
                                bool left_open, model::Trace* trace) {
  const bool meets = std::ranges::none_of(findings, [](const Finding& finding) {
    return finding.shown.outcome == model::Outcome::kFailed;
  });
  model::TraceStep step;
  step.rule = "denial " + denial.name;
  step.source = denial.source;
  step.verdict = !meets ? "does not apply" : left_open ? "depends on the certificate" : "refused";
  for (const Finding& finding : findings) step.conditions.push_back(finding.shown);
  trace->push_back(std::move(step));
  if (!meets || left_open) return std::nullopt;
  return RefusalOf(denial, findings);
}

}  // namespace

std::optional<Refusal> CheckDenialsOfRequest(const Inquiry& inquiry, model::Trace* trace) {
  for (const Denial& denial : inquiry.policy.denials()) {
    const bool left_open = inquiry.for_user() && LeavesOpen(denial, inquiry.request.ask);
    std::optional<Refusal> refusal =
        Conclude(denial, FindingsOfRequest(denial, inquiry), left_open, trace);
    if (refusal) return refusal;
  }
  return std::nullopt;
}

std::optional<Refusal> CheckDenialsOfCertificate(const Inquiry& inquiry, const Opening& opening,
                                                 model::Trace* trace) {
  for (const Denial& denial : inquiry.policy.denials()) {
    if (denial.logins.empty() && denial.hosts.empty()) continue;
    std::optional<Refusal> refusal = Conclude(
        denial, FindingsOfCertificate(denial, inquiry, opening), /*left_open=*/false, trace);
    if (refusal) return refusal;
  }
  return std::nullopt;
}

}  // namespace mayfly::policy
