#include <algorithm>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/policy/analysis/explain.h"
#include "ca/policy/analysis/run_cases.h"
#include "client/failure.h"
#include "client/policy/json_output.h"
#include "client/policy/junit.h"
#include "client/policy/policy_commands.h"
#include "client/policy/trace_output.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

absl::StatusOr<std::vector<policy::PolicyCase>> LoadAllCases(const std::string& folder) {
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<policy::CasesText> files,
                          policy::ReadCasesFiles(folder));
  std::vector<policy::PolicyCase> cases;
  std::string mistakes;
  for (const policy::CasesText& file : files) {
    auto of_file = policy::LoadCases(file);
    if (!of_file.ok()) {
      mistakes += (mistakes.empty() ? "" : "\n") + Message(of_file.status());
      continue;
    }
    std::ranges::move(*of_file, std::back_inserter(cases));
  }
  if (!mistakes.empty()) return InvalidArgument(mistakes);
  if (cases.empty()) {
    return Failure(ExitCode::kNo, fmt::format("{} holds no cases", EscapeForTerminal(folder)),
                   "write some into NAME.cases.yaml beside the policies; see "
                   "docs/policy-testing.md");
  }
  return cases;
}

void PrintFailure(const Context& context, const policy::CaseResult& result, const LoadedSet& set) {
  context.out << fmt::format("FAILED  {}: {}\n", result.test->source,
                             EscapeForTerminal(result.test->name));
  for (const std::string& difference : result.differences) {
    context.out << fmt::format("  {}\n", difference);
  }
  context.out << "  why, rule by rule:\n";
  PrintTrace(context, policy::Explain(*set.policy, result.test->situation), set.sources,
             /*all=*/false, "    ");
}

std::string CountText(std::string_view noun, const policy::Coverage::Count& count) {
  return fmt::format("{} {}% ({} of {})", noun, count.percent(), count.reached, count.all);
}

int LeastPercent(const policy::Coverage& coverage) {
  return std::min(
      {coverage.grants.percent(), coverage.denials.percent(), coverage.conditions.percent()});
}

void PrintText(const Context& context, const TestOptions& options, const LoadedSet& set,
               const std::vector<policy::CaseResult>& results, const policy::Coverage& coverage) {
  size_t failed = 0;
  for (const policy::CaseResult& result : results) {
    if (result.passed()) continue;
    ++failed;
    PrintFailure(context, result, set);
  }
  context.out << fmt::format("{} case{}: {} passed, {} failed\n", results.size(),
                             results.size() == 1 ? "" : "s", results.size() - failed, failed);
  context.out << fmt::format("covered: {}, {}, {}\n", CountText("grants", coverage.grants),
                             CountText("denials", coverage.denials),
                             CountText("conditions", coverage.conditions));
  if (coverage.missing.empty()) return;
  if (!options.uncovered) {
    context.Hint("--uncovered names what no case reaches");
    return;
  }
  constexpr size_t kMaxShown = 50;  // More is for a program to read.
  const size_t shown = std::min(coverage.missing.size(), kMaxShown);
  for (size_t i = 0; i < shown; ++i) {
    context.out << fmt::format("  not covered: {}\n", coverage.missing[i]);
  }
  if (shown < coverage.missing.size()) {
    context.out << fmt::format("… and {} more rules; --output json lists them\n",
                               coverage.missing.size() - shown);
  }
}

}  // namespace

ExitCode TestPolicy(const Context& context, const TestOptions& options) {
  const absl::StatusOr<LoadedSet> set = LoadSet(options.folder);
  if (!set.ok()) return context.Report(set.status());
  const auto cases = LoadAllCases(options.folder);
  if (!cases.ok()) return context.Report(WithExitCode(cases.status(), ExitCode::kNo));
  std::vector<policy::CaseResult> results;
  for (const policy::PolicyCase& test : *cases) {
    results.push_back(policy::RunCase(*set->policy, test));
  }
  const policy::Coverage coverage = policy::MeasureCoverage(*set->policy, results);
  if (!options.junit.empty()) {
    const absl::Status written = WriteFileAtomically(options.junit, JunitOf(results), 0644);
    if (!written.ok()) return context.Report(WithExitCode(written, ExitCode::kLocal));
  }
  if (context.json) {
    PrintTestJson(context, results, coverage);
  } else {
    PrintText(context, options, *set, results, coverage);
  }
  if (!std::ranges::all_of(results, &policy::CaseResult::passed)) return ExitCode::kNo;
  if (LeastPercent(coverage) < options.min_coverage) {
    return context.Report(Failure(ExitCode::kNo,
                                  fmt::format("less than {}% is covered", options.min_coverage),
                                  "--uncovered names what no case reaches"));
  }
  return ExitCode::kOk;
}

}  // namespace mayfly::client
