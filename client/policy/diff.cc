#include "ca/policy/analysis/diff.h"

#include "client/policy/alike.h"
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

std::string ChangeText(const policy::Change& change, bool with_source) {
  std::string text;
  for (const policy::Principal& principal : change.principals) {
    text += fmt::format("  {} {}\n", change.widens() ? '+' : '-', policy::Describe(principal));
  }
  for (size_t i = 0; i < change.whom.size(); ++i) {
    text += fmt::format("      {} {}\n", i == 0 ? "for" : " or", change.whom[i]);
  }
  const std::string source = with_source ? fmt::format(" ({})", change.source) : "";
  return text + fmt::format("      by grant {}{}: {}\n", change.grant, source, change.terms);
}

void PrintChanges(const Context& context, const std::vector<policy::Change>& changes,
                  ChangeKind kind) {
  std::vector<const policy::Change*> of_kind;
  std::vector<std::string> texts;
  for (const policy::Change& change : changes) {
    if (change.kind != kind) continue;
    of_kind.push_back(&change);
    texts.push_back(ChangeText(change, /*with_source=*/false));
  }
  if (!of_kind.empty()) context.out << HeadingOf(kind) << '\n';
  for (const Alike& alike : GroupAlike(texts)) {
    context.out << ChangeText(*of_kind[alike.index], /*with_source=*/true)
                << OthersText(alike, "    ");
  }
}

void PrintText(const Context& context, const policy::Difference& difference) {
  for (const ChangeKind kind :
       {ChangeKind::kGain, ChangeKind::kMore, ChangeKind::kLess, ChangeKind::kLoss}) {
    PrintChanges(context, difference.changes, kind);
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
