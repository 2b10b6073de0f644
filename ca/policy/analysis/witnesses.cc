#include "ca/policy/analysis/witnesses.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace mayfly::policy {
namespace {

constexpr size_t kMaxStates = 20000;

// One step of a pattern: a character, or a run of them.
struct PatternStep {
  enum class Kind { kCharacter, kAny, kPart, kDigits, kLoginPart } kind = Kind::kCharacter;
  char character = 0;

  bool Takes(char c) const {
    switch (kind) {
      case Kind::kCharacter:
        return c == character;
      case Kind::kAny:
        return true;
      case Kind::kPart:
        return c != '/' && c != ':';
      case Kind::kDigits:
        return c >= '0' && c <= '9';
      case Kind::kLoginPart:
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    }
    return false;
  }
  bool may_be_empty() const { return kind != Kind::kCharacter && kind != Kind::kDigits; }
  bool repeats() const { return kind != Kind::kCharacter; }
};
using PatternSteps = std::vector<PatternStep>;

PatternSteps ReadPattern(std::string_view pattern, PatternKind kind, bool literal) {
  PatternSteps steps;
  for (size_t i = 0; i < pattern.size(); ++i) {
    PatternStep step;
    step.character = pattern[i];
    if (!literal && pattern[i] == '*') {
      const bool two = kind == PatternKind::kText && pattern.substr(i).starts_with("**");
      step.kind = kind == PatternKind::kLogin ? PatternStep::Kind::kLoginPart
                  : two                       ? PatternStep::Kind::kAny
                                              : PatternStep::Kind::kPart;
      if (two) ++i;
    } else if (!literal && pattern[i] == '#' && kind == PatternKind::kText) {
      step.kind = PatternStep::Kind::kDigits;
    }
    steps.push_back(step);
  }
  return steps;
}

// The positions that a text so far can have reached: before step i, or within its run.
using Positions = std::set<std::pair<size_t, bool>>;

void Reach(const PatternSteps& steps, size_t at, bool within, Positions* positions) {
  if (!positions->emplace(at, within).second || at == steps.size()) return;
  if (within || steps[at].may_be_empty()) Reach(steps, at + 1, false, positions);
}

Positions Start(const PatternSteps& steps) {
  Positions positions;
  Reach(steps, 0, false, &positions);
  return positions;
}

Positions Advance(const PatternSteps& steps, const Positions& from, char c) {
  Positions to;
  for (const auto& [at, within] : from) {
    if (at == steps.size() || !steps[at].Takes(c)) continue;
    if (steps[at].repeats()) {
      Reach(steps, at, true, &to);
    } else {
      Reach(steps, at + 1, false, &to);
    }
  }
  return to;
}

bool Ends(const PatternSteps& steps, const Positions& positions) {
  return std::ranges::any_of(positions,
                             [&](const auto& position) { return position.first == steps.size(); });
}

// The characters that are named, and one that is not of each kind that steps tell apart.
std::string AlphabetOf(const std::vector<PatternSteps>& all, PatternKind kind) {
  std::set<char> named;
  for (const PatternSteps& steps : all) {
    for (const PatternStep& step : steps) {
      if (step.kind == PatternStep::Kind::kCharacter) named.insert(step.character);
    }
  }
  std::string alphabet;
  const auto add_unnamed = [&](std::string_view candidates) {
    for (const char c : candidates) {
      if (named.contains(c)) continue;
      alphabet += c;
      return;
    }
  };
  add_unnamed("xyzqwvkjhgfdmnbcplotrseuai");
  add_unnamed("0123456789");
  if (kind == PatternKind::kText) {
    named.insert({'/', ':'});
    add_unnamed("!+=~,;");
  }
  for (const char c : named) alphabet += c;
  return alphabet;
}

}  // namespace

Witnesses FindWitnesses(const std::vector<std::string>& patterns,
                        const std::vector<std::string>& literals, PatternKind kind) {
  std::vector<PatternSteps> all;
  for (const std::string& pattern : patterns) {
    all.push_back(ReadPattern(pattern, kind, /*literal=*/false));
  }
  for (const std::string& literal : literals) {
    all.push_back(ReadPattern(literal, kind, /*literal=*/true));
  }
  const std::string alphabet = AlphabetOf(all, kind);
  using State = std::vector<Positions>;
  State start;
  for (const PatternSteps& steps : all) start.push_back(Start(steps));
  std::set<State> seen;  // Not the start: it may be reached again by a text that is not empty.
  std::deque<std::pair<State, std::string>> waiting;
  waiting.emplace_back(std::move(start), "");
  std::map<std::vector<bool>, std::string> found;  // What is matched -> the first text.
  Witnesses witnesses;
  while (!waiting.empty()) {
    const auto [state, text] = std::move(waiting.front());
    waiting.pop_front();
    std::vector<bool> matched;
    bool literal = false;
    for (size_t i = 0; i < all.size(); ++i) {
      const bool ends = Ends(all[i], state[i]);
      if (i < patterns.size()) matched.push_back(ends);
      literal = literal || (i >= patterns.size() && ends);
    }
    // A text of no length is no name and no value that anybody has.
    if (!literal && !text.empty()) found.emplace(std::move(matched), text);
    for (const char c : alphabet) {
      State next;
      for (size_t i = 0; i < all.size(); ++i) next.push_back(Advance(all[i], state[i], c));
      if (!seen.insert(next).second) continue;
      if (seen.size() > kMaxStates) {
        witnesses.complete = false;
        break;
      }
      waiting.emplace_back(std::move(next), text + c);
    }
  }
  for (auto& [matched, text] : found) witnesses.texts.push_back(std::move(text));
  return witnesses;
}

}  // namespace mayfly::policy
