#include "ca/policy/analysis/diff.h"

#include "client/policy/json_output.h"
#include "client/policy/policy_commands.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

using ChangeKind = policy::Change::Kind;

std::string_view HeadingOf(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kGain:
      return "gained, had by nobody of these before:";
    case ChangeKind::kMore:
      return "gained, on better terms than before:";
    case ChangeKind::kLess:
      return "lost in part, had on worse terms now:";
    case ChangeKind::kLoss:
      break;
  }
  return "lost:";
}

void PrintChange(const Context& context, const policy::Change& change) {
  const char sign = change.widens() ? '+' : '-';
  for (const policy::Principal& principal : change.principals) {
    context.out << fmt::format("  {} {}\n", sign, policy::Describe(principal));
  }
  for (size_t i = 0; i < change.whom.size(); ++i) {
    context.out << fmt::format("      {} {}\n", i == 0 ? "for" : " or", change.whom[i]);
  }
  context.out << fmt::format("      by grant {} ({}): {}\n", change.grant, change.source,
                             change.terms);
}

void PrintText(const Context& context, const policy::Difference& difference) {
  const ChangeKind* last = nullptr;
  for (const policy::Change& change : difference.changes) {
    if (last == nullptr || *last != change.kind) {
      context.out << HeadingOf(change.kind) << '\n';
    }
    last = &change.kind;
    PrintChange(context, change);
  }
  if (!difference.limits.empty()) context.out << "limits that go:\n";
  for (const std::string& limit : difference.limits) context.out << "  + " << limit << '\n';
  if (difference.changes.empty() && difference.limits.empty()) {
    context.out << "nobody gains or loses anything\n";
  } else {
    context.out << (difference.widens() ? "the new set gives more\n"
                                        : "the new set gives nothing more\n");
  }
  if (difference.inexact) {
    context.Say("the sets are too tangled to compare exactly: more is shown than changes");
  }
}

}  // namespace

ExitCode DiffPolicies(const Context& context, const DiffOptions& options) {
  const absl::StatusOr<LoadedSet> before = LoadSet(options.before);
  if (!before.ok()) return context.Report(before.status());
  const absl::StatusOr<LoadedSet> now = LoadSet(options.now);
  if (!now.ok()) return context.Report(now.status());
  const policy::Difference difference = policy::Compare(*before->policy, *now->policy);
  if (context.json) {
    PrintDifferenceJson(context, difference);
  } else {
    PrintText(context, difference);
  }
  return difference.widens() ? ExitCode::kNo : ExitCode::kOk;
}

}  // namespace mayfly::client
