#include "client/policy/trace_output.h"

#include <algorithm>

#include "base/text.h"
#include "ca/policy/analysis/run_cases.h"
#include "client/print.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

std::string_view Mark(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::kHeld:
      return "yes";
    case model::Outcome::kFailed:
      return "no ";
    case model::Outcome::kUnknown:
      break;
  }
  return "???";
}

std::string InBrackets(const std::string& text) {
  return text.empty() ? "" : fmt::format(" ({})", text);
}

void PrintCondition(const Context& context, const model::TraceCondition& condition,
                    const std::string& rule, const policy::Sources& sources,
                    std::string_view indent) {
  const std::string place = sources.PlaceOf(rule, policy::ConditionName(condition.condition));
  context.out << fmt::format("{}  {} {}{}{}\n", indent, Mark(condition.outcome),
                             condition.condition, InBrackets(condition.detail),
                             place.empty() ? "" : "  " + place);
}

// What a grant leaves to its default, and a request as well, explains nothing.
bool IsNoise(const model::TraceCondition& condition, const std::string& rule,
             const policy::Sources& sources) {
  const std::string name = policy::ConditionName(condition.condition);
  const bool asked = name == "principals" || condition.detail.ends_with(" asked");
  return condition.outcome == model::Outcome::kHeld && rule.starts_with("grant ") && !asked &&
         !sources.Says(rule, name);
}

bool IsShown(const model::TraceStep& step, bool all) {
  if (step.verdict == "passed") return false;
  return all || step.verdict != "does not apply";
}

}  // namespace

void PrintAnswer(const Context& context, const model::Decision& decision) {
  if (const auto* denied = std::get_if<model::Denied>(&decision)) {
    context.out << fmt::format("refused by {}: {}\n", denied->rule, denied->message);
    return;
  }
  const auto* granted = std::get_if<model::Granted>(&decision);
  const auto* pending = std::get_if<model::Pending>(&decision);
  const model::Terms& terms = granted != nullptr ? granted->terms : pending->terms;
  const auto line = [&](std::string_view label, const std::string& value) {
    context.out << fmt::format("  {:<12} {}\n", label, value);
  };
  if (granted != nullptr) {
    context.out << fmt::format("granted by {}\n", terms.grant);
  } else {
    context.out << fmt::format("granted by {} once it is approved\n", terms.grant);
    for (const std::string& missing : policy::MissingApprovals(*pending)) {
      line("approvals", fmt::format("{}, within {}", missing, DurationText(pending->within)));
    }
  }
  line("principals", ListText(terms.principals));
  line("lifetime", DurationText(terms.lifetime));
  if (granted != nullptr && granted->break_glass) {
    line("break-glass", "it raises the alarm and opens a review");
  }
  if (terms.kind == ssh::CertificateKind::kHost) return;
  line("extensions", ListText(terms.extensions));
  if (terms.force_command) line("command", EscapeForTerminal(*terms.force_command));
  std::vector<std::string> networks;
  for (const IpNetwork& network : terms.source_addresses) networks.push_back(network.ToString());
  if (!networks.empty()) line("only from", ListText(networks));
  if (terms.verify_required) line("needs", "the security key's PIN or fingerprint at each login");
}

void PrintTrace(const Context& context, const policy::Explanation& explanation,
                const policy::Sources& sources, bool all, std::string_view indent) {
  size_t left_out = 0;
  for (const model::TraceStep& step : explanation.trace) {
    if (!IsShown(step, all)) {
      if (step.verdict == "does not apply") ++left_out;
      continue;
    }
    const std::string place = sources.PlaceOf(step.rule, "");
    context.out << fmt::format("{}{}{}: {}\n", indent, step.rule, InBrackets(place), step.verdict);
    for (const model::TraceCondition& condition : step.conditions) {
      if (!all && IsNoise(condition, step.rule, sources)) continue;
      PrintCondition(context, condition, step.rule, sources, indent);
    }
  }
  if (left_out == 0) return;
  context.out << fmt::format("{}{} more rule{} not apply (--all shows {})\n", indent, left_out,
                             left_out == 1 ? " does" : "s do", left_out == 1 ? "it" : "them");
}

void PrintNearest(const Context& context, const policy::Explanation& explanation,
                  const policy::Sources& sources) {
  for (const policy::NearGrant& near : explanation.nearest) {
    const std::string rule = "grant " + near.grant->name;
    // The refusal may have named a grant that is meant for the caller and never gives what they
    // want.
    const auto* denied = std::get_if<model::Denied>(&explanation.decision);
    const bool another =
        denied != nullptr && denied->rule.starts_with("grant ") && denied->rule != rule;
    context.out << fmt::format("{}: {}{} misses\n",
                               near.gives_it && another ? "nearest that gives it" : "nearest", rule,
                               InBrackets(sources.PlaceOf(rule, "")));
    for (const policy::Finding& finding : near.missing) {
      PrintCondition(context, finding.shown, rule, sources, "");
    }
  }
}

}  // namespace mayfly::client
