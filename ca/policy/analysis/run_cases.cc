#include "ca/policy/analysis/run_cases.h"

#include <algorithm>

#include "base/text.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

std::string Answer(const model::Decision& decision) {
  if (const auto* granted = std::get_if<model::Granted>(&decision)) {
    return fmt::format("granted by grant {}", granted->terms.grant);
  }
  if (const auto* denied = std::get_if<model::Denied>(&decision)) {
    return fmt::format("refused by {}: {}", denied->rule, denied->message);
  }
  const auto& pending = std::get<model::Pending>(decision);
  return fmt::format("left waiting by grant {}, for {}", pending.terms.grant,
                     Shown(MissingApprovals(pending)));
}

// Compares member by member.
class Comparison {
 public:
  template <typename T, typename Show>
  void Expect(std::string_view member, const std::optional<T>& expected, const T& actual,
              const Show& show) {
    if (!expected || *expected == actual) return;
    differences.push_back(
        fmt::format("{}: expected {}, was {}", member, show(*expected), show(actual)));
  }
  std::vector<std::string> differences;
};

std::string ShowText(const std::string& text) {
  return text.empty() ? "none" : fmt::format("\"{}\"", Shown(text));
}

std::string ShowFlag(const bool& value) { return value ? "true" : "false"; }

std::vector<std::string> CompareTerms(const ExpectGranted& expect, const model::Terms& terms) {
  const auto list = [](const std::vector<std::string>& values) { return Shown(values); };
  const auto networks = [](const std::vector<IpNetwork>& values) { return Shown(values); };
  Comparison comparison;
  comparison.Expect("principals", expect.principals, terms.principals, list);
  comparison.Expect("lifetime", expect.lifetime, terms.lifetime, DurationText);
  comparison.Expect("extensions", expect.extensions, terms.extensions, list);
  comparison.Expect("force_command", expect.force_command, terms.force_command.value_or(""),
                    ShowText);
  comparison.Expect("source_address", expect.source_addresses, terms.source_addresses, networks);
  comparison.Expect("verify_required", expect.verify_required, terms.verify_required, ShowFlag);
  comparison.Expect("custom_extensions", expect.custom_extensions, terms.custom_extensions,
                    [](const std::map<std::string, std::string>& values) { return Shown(values); });
  return comparison.differences;
}

std::vector<std::string> ComparePending(const ExpectPending& want,
                                        const model::Decision& decision) {
  const auto* pending = std::get_if<model::Pending>(&decision);
  if (pending == nullptr || pending->terms.grant != want.terms.grant) {
    return {fmt::format("expected left waiting by grant {}, was {}", want.terms.grant,
                        Answer(decision))};
  }
  Comparison comparison{CompareTerms(want.terms, pending->terms)};
  comparison.Expect("waits_for", want.waits_for, MissingApprovals(*pending),
                    [](const std::vector<std::string>& values) { return Shown(values); });
  return comparison.differences;
}

std::vector<std::string> Compare(const Expectation& expect, const model::Decision& decision) {
  if (const auto* want = std::get_if<ExpectGranted>(&expect)) {
    const auto* granted = std::get_if<model::Granted>(&decision);
    if (granted != nullptr && granted->terms.grant == want->grant) {
      Comparison comparison{CompareTerms(*want, granted->terms)};
      comparison.Expect("break_glass", want->break_glass, granted->break_glass, ShowFlag);
      return comparison.differences;
    }
    return {fmt::format("expected granted by grant {}, was {}", want->grant, Answer(decision))};
  }
  if (const auto* want = std::get_if<ExpectPending>(&expect)) {
    return ComparePending(*want, decision);
  }
  const auto& want = std::get<ExpectDenied>(expect);
  const auto* denied = std::get_if<model::Denied>(&decision);
  const std::string by = want.by.empty() ? "" : " by " + want.by;
  if (denied == nullptr || (!want.by.empty() && denied->rule != want.by)) {
    return {fmt::format("expected refused{}, was {}", by, Answer(decision))};
  }
  if (denied->message.find(want.message) == std::string::npos) {
    return {fmt::format("message: expected \"{}\" in it, was \"{}\"", Shown(want.message),
                        denied->message)};
  }
  return {};
}

}  // namespace

std::vector<std::string> MissingApprovals(const model::Pending& pending) {
  std::vector<std::string> missing;
  for (const model::ApprovalNeed& need : pending.needs) {
    const size_t left = need.count - std::min<size_t>(need.count, need.approved_by.size());
    if (left > 0) missing.push_back(fmt::format("{} from {}", left, need.from));
  }
  std::ranges::sort(missing);
  return missing;
}

CaseResult RunCase(const PolicySet& policy, const PolicyCase& test) {
  CaseResult result{&test, Decide(policy, test.situation), {}};
  result.differences = Compare(test.expect, result.decision);
  return result;
}

}  // namespace mayfly::policy
