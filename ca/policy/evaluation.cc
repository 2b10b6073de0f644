#include "ca/policy/evaluation.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/policy/conditions.h"
#include "ca/policy/host_terms.h"
#include "ca/policy/pattern.h"
#include "ca/policy/user_terms.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

void FindKey(const KeyRule& rule, const ssh::PublicKey& key, Findings* findings) {
  const bool of_type = std::ranges::find(rule.types, key.type()) != rule.types.end();
  const bool short_rsa = key.type() == ssh::KeyType::kRsa && key.bits() < rule.min_rsa_bits;
  findings->Add(OutcomeOf(of_type && !short_rsa), [&] {
    if (of_type && short_rsa) {
      return Text{
          fmt::format("RSA from {} bits", rule.min_rsa_bits), fmt::format("{} bits", key.bits()),
          fmt::format("it takes RSA keys from {} bits, not {}", rule.min_rsa_bits, key.bits())};
    }
    std::vector<std::string> types;
    for (const ssh::KeyType type : rule.types) types.emplace_back(ssh::KeyTypeShortName(type));
    const std::string detail(ssh::KeyTypeShortName(key.type()));
    return Text{
        fmt::format("key types: any of {}", Shown(types)), detail,
        of_type ? "" : fmt::format("it takes keys of type {}, not {}", Shown(types), detail)};
  });
}

// What a certificate of this grant must not outlive, beside its lifetime.
struct End {
  absl::Time at = absl::InfiniteFuture();
  std::string_view what;  // "the proof of who is asking ends"
};

End EndOf(const Grant& grant, const Lifetime& rule, const Inquiry& inquiry) {
  End end{inquiry.identity.until, "the proof of who is asking ends"};
  const Conditions& conditions = grant.conditions;
  // Outside its time the grant's condition has failed already: that is said once.
  if (conditions.until && inquiry.now < *conditions.until && *conditions.until < end.at) {
    end = End{*conditions.until, "the grant ends"};
  }
  if (rule.end_with_hours && conditions.hours) {
    const std::optional<absl::Time> close = conditions.hours->EndAt(inquiry.now);
    if (close && *close < end.at) end = End{*close, "its hours end"};
  }
  return end;
}

// The default is clamped; what is asked for is not.
void FindLifetime(const Grant& grant, const Lifetime& rule, const Inquiry& inquiry,
                  Findings* findings, absl::Duration* lifetime) {
  const Ceilings& ceilings = inquiry.policy.ceilings();
  const absl::Duration ceiling =
      inquiry.for_user() ? ceilings.user_lifetime : ceilings.host_lifetime;
  const absl::Duration max = std::min(rule.max, ceiling);
  const End end = EndOf(grant, rule, inquiry);
  const absl::Duration left = end.at - inquiry.now;
  const std::optional<absl::Duration>& asked = inquiry.request.ask.lifetime;
  *lifetime = absl::Floor(asked ? *asked : std::min({rule.standard, max, left}), absl::Seconds(1));
  const bool too_long = asked && *asked > max;
  const bool past_end = asked && *asked > left;
  const bool none = *lifetime < absl::Seconds(1);
  findings->Add(OutcomeOf(!too_long && !past_end && !none), [&] {
    const std::string condition = fmt::format("lifetime: at most {}", DurationText(max));
    if (too_long) {
      return Text{
          condition, fmt::format("{} asked", DurationText(*asked)),
          fmt::format("it lasts at most {}, not {}", DurationText(max), DurationText(*asked))};
    }
    if (past_end) {
      return Text{
          condition,
          fmt::format("{} asked, {} in {}", DurationText(*asked), end.what, DurationText(left)),
          fmt::format("it lasts at most {} now, not {}, because {} at {}", DurationText(left),
                      DurationText(*asked), end.what, TimeText(end.at))};
    }
    return Text{
        condition, fmt::format("{} {}", DurationText(*lifetime), asked ? "asked" : "default"),
        none ? fmt::format("it lasts no longer, because {} at {}", end.what, TimeText(end.at))
             : ""};
  });
}

// Whether the whole reason, or a word of it without the marks around it, matches.
bool ReasonMatches(const std::string& pattern, std::string_view reason) {
  constexpr std::string_view kMarks = ".,;:!?()[]\"'";
  if (Matches(pattern, reason)) return true;
  while (!reason.empty()) {
    const size_t end = std::min(reason.find_first_of(" \t"), reason.size());
    std::string_view word = reason.substr(0, end);
    while (!word.empty() && kMarks.find(word.front()) != std::string_view::npos) {
      word.remove_prefix(1);
    }
    while (!word.empty() && kMarks.find(word.back()) != std::string_view::npos) {
      word.remove_suffix(1);
    }
    if (Matches(pattern, word)) return true;
    reason.remove_prefix(std::min(end + 1, reason.size()));
  }
  return false;
}

void FindReason(const Grant& grant, const model::Ask& ask, Findings* findings) {
  const std::string_view reason = TrimBlanks(ask.reason);
  const std::string& pattern = grant.reason_pattern;
  const bool fits = pattern.empty() || ReasonMatches(pattern, reason);
  findings->Add(OutcomeOf(!reason.empty() && fits), [&] {
    const std::string condition =
        pattern.empty() ? "reason: required" : fmt::format("reason: like {}", pattern);
    if (reason.empty()) {
      return Text{condition, "none given",
                  pattern.empty()
                      ? "it needs a reason: add --reason \"…\""
                      : fmt::format("it needs a reason with {0}: add --reason \"{0} …\"", pattern)};
    }
    return Text{condition, fits ? "given" : Shown(reason),
                fmt::format("its reason must have {}, as in --reason \"{} …\"", pattern, pattern)};
  });
}

// The last of the findings, so that it is known when nothing else is missing.
void FindFresh(absl::Duration within, const Inquiry& inquiry, Evaluation* evaluation) {
  const absl::Duration age = inquiry.now - inquiry.identity.authenticated_at;
  const bool fresh = age <= within;
  evaluation->only_stale = !fresh && evaluation->findings.not_held() == 0;
  evaluation->findings.Add(OutcomeOf(fresh), [&] {
    if (inquiry.identity.authenticated_at == absl::UnixEpoch()) {
      return Text{
          fmt::format("authenticated within: {}", DurationText(within)), "when is not known",
          fmt::format("it needs a login of the last {}, and your identity provider does not "
                      "say when you signed in",
                      DurationText(within))};
    }
    return Text{fmt::format("authenticated within: {}", DurationText(within)),
                fmt::format("{} ago", DurationText(age)),
                fmt::format("it needs a login of the last {}, and yours was {} ago: add --fresh",
                            DurationText(within), DurationText(age))};
  });
}

}  // namespace

std::string Evaluation::Complaints() const {
  std::string complaints;
  for (const Finding& finding : findings.list()) {
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
  for (const Finding& finding : findings.list()) step.conditions.push_back(finding.shown);
  return step;
}

Evaluation Evaluate(const Grant& grant, const Inquiry& inquiry, Depth depth, size_t enough) {
  Evaluation evaluation(grant, depth, enough);
  Findings* findings = &evaluation.findings;
  EvaluateConditions(grant.conditions, inquiry.caller, findings);
  evaluation.is_for_caller = findings->not_held() == 0;
  if (findings->over()) return evaluation;
  const UserCertificateRule* user = grant.user();
  const HostCertificateRule* host = grant.host();
  MAYFLY_CHECK(user != nullptr || host != nullptr);
  const KeyRule& keys = user != nullptr ? user->keys : host->keys;
  const Lifetime& lifetime = user != nullptr ? user->lifetime : host->lifetime;
  if (user != nullptr) {
    EvaluateUserTerms(*user, inquiry, &evaluation);
  } else {
    EvaluateHostTerms(*host, inquiry, &evaluation);
  }
  if (findings->over()) return evaluation;
  FindKey(keys, inquiry.request.key, findings);
  FindLifetime(grant, lifetime, inquiry, findings, &evaluation.terms.lifetime);
  if (grant.requires_reason) FindReason(grant, inquiry.request.ask, findings);
  if (grant.authenticated_within) FindFresh(*grant.authenticated_within, inquiry, &evaluation);
  evaluation.terms.kind = inquiry.request.kind;
  if (depth != Depth::kVerdict) evaluation.terms.grant = grant.name;
  return evaluation;
}

}  // namespace mayfly::policy
