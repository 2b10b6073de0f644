#include "ca/policy/evaluation.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "ca/policy/conditions.h"
#include "ca/policy/host_terms.h"
#include "ca/policy/user_terms.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

Finding KeyFinding(const KeyRule& rule, const ssh::PublicKey& key) {
  std::vector<std::string> types;
  for (const ssh::KeyType type : rule.types) types.emplace_back(ssh::KeyTypeShortName(type));
  const std::string condition = fmt::format("key types: any of {}", Shown(types));
  const std::string detail(ssh::KeyTypeShortName(key.type()));
  if (std::ranges::find(rule.types, key.type()) == rule.types.end()) {
    return Failed(condition, detail,
                  fmt::format("it takes keys of type {}, not {}", Shown(types), detail));
  }
  if (key.type() == ssh::KeyType::kRsa && key.bits() < rule.min_rsa_bits) {
    return Failed(
        fmt::format("RSA from {} bits", rule.min_rsa_bits), fmt::format("{} bits", key.bits()),
        fmt::format("it takes RSA keys from {} bits, not {}", rule.min_rsa_bits, key.bits()));
  }
  return Held(condition, detail);
}

// The default is clamped; what is asked for is not.
Finding LifetimeFinding(const Lifetime& rule, const Inquiry& inquiry, absl::Duration* lifetime) {
  const Ceilings& ceilings = inquiry.policy.ceilings();
  const absl::Duration ceiling =
      inquiry.for_user() ? ceilings.user_lifetime : ceilings.host_lifetime;
  const absl::Duration max = std::min(rule.max, ceiling);
  const absl::Duration left = inquiry.identity.until - inquiry.now;
  const std::string condition = fmt::format("lifetime: at most {}", DurationText(max));
  const std::optional<absl::Duration>& asked = inquiry.request.ask.lifetime;
  if (asked && *asked > max) {
    const std::string detail = fmt::format("{} asked", DurationText(*asked));
    return Failed(
        condition, detail,
        fmt::format("it lasts at most {}, not {}", DurationText(max), DurationText(*asked)));
  }
  if (asked && *asked > left) {
    const std::string detail = fmt::format("{} asked, the proof of who is asking ends in {}",
                                           DurationText(*asked), DurationText(left));
    return Failed(
        condition, detail,
        fmt::format("it lasts at most {} now, not {}, because the proof of who is asking "
                    "ends at {}",
                    DurationText(left), DurationText(*asked), TimeText(inquiry.identity.until)));
  }
  *lifetime = absl::Floor(asked ? *asked : std::min({rule.standard, max, left}), absl::Seconds(1));
  return Held(condition,
              fmt::format("{} {}", DurationText(*lifetime), asked ? "asked" : "default"));
}

Finding ReasonFinding(const model::Ask& ask) {
  const std::string condition = "reason: required";
  if (!TrimBlanks(ask.reason).empty()) return Held(condition, "given");
  return Failed(condition, "none given", "it needs a reason: add --reason \"…\"");
}

}  // namespace

bool Evaluation::applies() const {
  return std::all_of(findings.begin(), findings.begin() + static_cast<ptrdiff_t>(conditions),
                     [](const Finding& finding) { return finding.held(); });
}

size_t Evaluation::failures() const {
  return std::ranges::count_if(findings, [](const Finding& finding) { return !finding.held(); });
}

std::string Evaluation::Complaints() const {
  std::string complaints;
  for (const Finding& finding : findings) {
    if (finding.held()) continue;
    if (!complaints.empty()) complaints += "; ";
    complaints += finding.complaint;
  }
  return complaints;
}

model::TraceStep Evaluation::Step(std::string_view verdict) const {
  model::TraceStep step;
  step.rule = "grant " + grant->name;
  step.source = grant->source;
  step.verdict = verdict;
  for (const Finding& finding : findings) step.conditions.push_back(finding.shown);
  return step;
}

Evaluation Evaluate(const Grant& grant, const Inquiry& inquiry) {
  Evaluation evaluation;
  evaluation.grant = &grant;
  evaluation.findings =
      EvaluateConditions(grant.conditions, inquiry.identity, inquiry.request.peer);
  evaluation.conditions = evaluation.findings.size();
  evaluation.terms.kind = inquiry.request.kind;
  evaluation.terms.grant = grant.name;
  if (grant.user() != nullptr) {
    EvaluateUserTerms(*grant.user(), inquiry, &evaluation);
  } else {
    EvaluateHostTerms(*grant.host(), inquiry, &evaluation);
  }
  const KeyRule& keys = grant.user() != nullptr ? grant.user()->keys : grant.host()->keys;
  const Lifetime& lifetime =
      grant.user() != nullptr ? grant.user()->lifetime : grant.host()->lifetime;
  evaluation.findings.push_back(KeyFinding(keys, inquiry.request.key));
  evaluation.findings.push_back(LifetimeFinding(lifetime, inquiry, &evaluation.terms.lifetime));
  if (grant.requires_reason) evaluation.findings.push_back(ReasonFinding(inquiry.request.ask));
  return evaluation;
}

}  // namespace mayfly::policy
