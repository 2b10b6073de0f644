#include <map>
#include <set>

#include "ca/policy/analysis/explain.h"
#include "ca/policy/analysis/run_cases.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::policy {
namespace {

struct Seen {
  bool held = false;
  bool not_held = false;
};

// A condition by its rule and its name: "grant x" -> "groups".
using SeenConditions = std::map<std::string, std::map<std::string, Seen>>;

std::string RuleOf(const model::Decision& decision) {
  if (const auto* granted = std::get_if<model::Granted>(&decision)) {
    return "grant " + granted->terms.grant;
  }
  const auto* denied = std::get_if<model::Denied>(&decision);
  return denied != nullptr ? denied->rule : "";
}

void Note(const model::TraceStep& step, SeenConditions* seen) {
  for (const model::TraceCondition& condition : step.conditions) {
    Seen& one = (*seen)[step.rule][ConditionName(condition.condition)];
    (condition.outcome == model::Outcome::kHeld ? one.held : one.not_held) = true;
  }
}

// What all cases together saw.
class Counter {
 public:
  Counter(const std::vector<CaseResult>& results, const PolicySet& policy) {
    for (const CaseResult& result : results) {
      deciding_.insert(RuleOf(result.decision));
      if (std::holds_alternative<model::Granted>(result.decision)) {
        granting_.insert(RuleOf(result.decision));
      }
      for (const model::TraceStep& step : Explain(policy, result.test->situation).trace) {
        Note(step, &seen_);
      }
    }
  }

  template <typename Rule>
  void Count(const std::string& kind, const Rule& rule, Coverage::Count* rules,
             Coverage* coverage) const {
    const std::string name = kind + " " + rule.name;
    std::vector<std::string> gaps;
    ++rules->all;
    if ((kind == "grant" ? granting_ : deciding_).contains(name)) {
      ++rules->reached;
    } else {
      gaps.push_back(fmt::format("no case is {} by it", kind == "grant" ? "granted" : "refused"));
    }
    const auto found = seen_.find(name);
    const std::map<std::string, Seen> none;
    CountConditions(ConditionsOf(rule), found == seen_.end() ? none : found->second,
                    &coverage->conditions, &gaps);
    if (gaps.empty()) return;
    coverage->missing.push_back(
        fmt::format("{} ({}): {}", name, rule.source, fmt::join(gaps, "; ")));
  }

 private:
  static void CountConditions(const std::vector<std::string>& conditions,
                              const std::map<std::string, Seen>& seen, Coverage::Count* count,
                              std::vector<std::string>* gaps) {
    std::vector<std::string> never_held, always_held;
    for (const std::string& condition : conditions) {
      ++count->all;
      const auto found = seen.find(condition);
      const Seen one = found == seen.end() ? Seen() : found->second;
      if (one.held && one.not_held) {
        ++count->reached;
      } else {
        (one.held ? always_held : never_held).push_back(condition);
      }
    }
    if (!never_held.empty()) {
      gaps->push_back(fmt::format("no case where {} holds", fmt::join(never_held, " or ")));
    }
    if (!always_held.empty()) {
      gaps->push_back(
          fmt::format("no case where {} does not hold", fmt::join(always_held, " or ")));
    }
  }

  std::set<std::string> granting_, deciding_;
  SeenConditions seen_;
};

}  // namespace

Coverage MeasureCoverage(const PolicySet& policy, const std::vector<CaseResult>& results) {
  const Counter counter(results, policy);
  Coverage coverage;
  for (const Grant& grant : policy.grants()) {
    counter.Count("grant", grant, &coverage.grants, &coverage);
  }
  for (const Denial& denial : policy.denials()) {
    counter.Count("denial", denial, &coverage.denials, &coverage);
  }
  return coverage;
}

}  // namespace mayfly::policy
