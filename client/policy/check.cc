#include <algorithm>
#include <map>

#include "base/status.h"
#include "client/failure.h"
#include "client/policy/json_output.h"
#include "client/policy/policy_commands.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

std::string Count(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

size_t CountOf(const std::vector<policy::Lint>& lint, policy::Severity severity) {
  return static_cast<size_t>(std::ranges::count(lint, severity, &policy::Lint::severity));
}

// "20-people.yaml:30:5: warning: … [check]", the line, a caret, and what to do.
void PrintLint(const Context& context, const policy::Lint& lint, const policy::Sources& sources) {
  const bool warning = lint.severity == policy::Severity::kWarning;
  const std::string subject = lint.rule.empty() ? "" : lint.rule + ": ";
  const document::Diagnostic diagnostic =
      sources.At(lint.rule, lint.field,
                 fmt::format("{}: {}{} [{}]", warning ? "warning" : "note", subject, lint.message,
                             lint.check));
  if (diagnostic.file.empty()) {
    context.out << diagnostic.message << '\n';
  } else {
    context.out << sources.Render(diagnostic) << '\n';
  }
  context.out << "  what to do: " << lint.advice << '\n';
}

// Warnings all; of the notes of one check no more than can be read.
void PrintFindings(const Context& context, const CheckOptions& options, const LoadedSet& set,
                   const std::vector<policy::Lint>& lint) {
  constexpr size_t kMaxNotes = 5;
  std::map<std::string_view, size_t> notes;
  for (const policy::Lint& one : lint) {
    const bool note = one.severity == policy::Severity::kNote;
    if (note && (!options.notes || ++notes[one.check] > kMaxNotes)) continue;
    PrintLint(context, one, set.sources);
  }
  for (const auto& [check, count] : notes) {
    if (count <= kMaxNotes) continue;
    context.out << fmt::format("… and {} more [{}]; --output json lists them\n", count - kMaxNotes,
                               check);
  }
}

void PrintText(const Context& context, const CheckOptions& options, const LoadedSet& set,
               const std::vector<policy::Lint>& lint) {
  PrintFindings(context, options, set, lint);
  const size_t notes = CountOf(lint, policy::Severity::kNote);
  context.out << fmt::format(
      "{}: well-formed: {}, {}, {}, {}; {}, {}\n", options.folder, Count(set.files, "file"),
      Count(set.policy->grants().size(), "grant"), Count(set.policy->denials().size(), "denial"),
      Count(set.policy->operators().size(), "operator rule"),
      Count(CountOf(lint, policy::Severity::kWarning), "warning"), Count(notes, "note"));
  if (notes > 0 && !options.notes) context.Hint("--notes shows the notes");
}

}  // namespace

ExitCode CheckPolicy(const Context& context, const CheckOptions& options) {
  const absl::StatusOr<KnownPeople> known = LoadPeople(options.people);
  if (!known.ok()) return context.Report(known.status());
  const absl::StatusOr<LoadedSet> set = LoadSet(options.folder);
  if (!set.ok()) {
    if (context.json && ExitCodeOf(set.status()) == ExitCode::kNo) {
      PrintCheckJson(context, set.status(), LoadedSet(), {});
      return ExitCode::kNo;
    }
    return context.Report(set.status());
  }
  policy::Surroundings surroundings = known->surroundings;
  surroundings.now = context.clock.Now();
  const std::vector<policy::Lint> lint = policy::FindLint(*set->policy, surroundings);
  if (context.json) {
    PrintCheckJson(context, absl::OkStatus(), *set, lint);
  } else {
    PrintText(context, options, *set, lint);
  }
  const bool refused = options.strict && CountOf(lint, policy::Severity::kWarning) > 0;
  return refused ? ExitCode::kNo : ExitCode::kOk;
}

}  // namespace mayfly::client
