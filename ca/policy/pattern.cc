#include "ca/policy/pattern.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

using IsFilling = bool (*)(char);

bool IsAny(char) { return true; }
bool IsPart(char c) { return c != '/' && c != ':'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLoginCharacter(char c) {
  return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '_' || c == '.' || c == '-';
}
bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) ||
         std::string_view("_./:@%+=,-").find(c) != std::string_view::npos;
}

// One step of a pattern: a character of its own, or a run of characters of a kind.
struct Step {
  IsFilling filling = nullptr;  // Null: exactly `literal`.
  char literal = 0;
  bool may_be_empty = false;
};

// Which of the positions 0 … text.size() the steps so far can end at; one pass a step.
bool MatchSteps(const std::vector<Step>& steps, std::string_view text) {
  if (text.size() > kMaxMatched) return false;
  std::vector<char> reached(text.size() + 1, 0);
  std::vector<char> next(text.size() + 1, 0);
  reached[0] = 1;
  for (const Step& step : steps) {
    std::ranges::fill(next, 0);
    bool running = false;  // A run of fillings may go on through here.
    for (size_t at = 0; at <= text.size(); ++at) {
      if (step.filling == nullptr) {
        if (at > 0) next[at] = reached[at - 1] && text[at - 1] == step.literal;
        continue;
      }
      running = at > 0 && (running || reached[at - 1]) && step.filling(text[at - 1]);
      next[at] = running || (step.may_be_empty && reached[at]);
    }
    reached.swap(next);
  }
  return reached.back() != 0;
}

std::vector<Step> StepsOf(std::string_view pattern) {
  std::vector<Step> steps;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool two = pattern.substr(i).starts_with("**");
    if (pattern[i] == '*') {
      steps.push_back({two ? IsAny : IsPart, 0, /*may_be_empty=*/true});
      if (two) ++i;
    } else if (pattern[i] == '#') {
      steps.push_back({IsDigit, 0, /*may_be_empty=*/false});
    } else {
      steps.push_back({nullptr, pattern[i], false});
    }
  }
  return steps;
}

std::vector<Step> StepsOf(std::string_view pattern, IsFilling filling, bool may_be_empty) {
  std::vector<Step> steps;
  for (const char c : pattern) {
    steps.push_back(c == '*' ? Step{filling, 0, may_be_empty} : Step{nullptr, c, false});
  }
  return steps;
}

bool BeginsWithOption(std::string_view pattern, std::string_view command) {
  // A `*` that begins a word of the pattern stands for the word at the same place of the command:
  // fillings hold no blanks, so both have the same words.
  const auto word_of = [](std::string_view text, size_t number) {
    for (size_t i = 0; i < number; ++i) {
      const size_t blank = text.find(' ');
      if (blank == std::string_view::npos) return std::string_view();
      text.remove_prefix(blank + 1);
    }
    return text;
  };
  const size_t words = static_cast<size_t>(std::ranges::count(pattern, ' ')) + 1;
  for (size_t i = 0; i < words; ++i) {
    if (word_of(pattern, i).starts_with('*') && word_of(command, i).starts_with('-')) return true;
  }
  return false;
}

}  // namespace

bool HasWildcard(std::string_view text) {
  return text.find_first_of("*#") != std::string_view::npos;
}

bool Matches(std::string_view pattern, std::string_view text) {
  return HasWildcard(pattern) ? MatchSteps(StepsOf(pattern), text) : pattern == text;
}

absl::Status CheckPattern(std::string_view pattern) {
  if (pattern.empty() || pattern.size() > kMaxPattern || EscapeForTerminal(pattern) != pattern) {
    return InvalidArgument(
        fmt::format("expected a pattern of 1 to {} printable bytes", kMaxPattern));
  }
  if (pattern.find_first_not_of('*') == std::string_view::npos) {
    return InvalidArgument("this pattern would hold for anything; put some text around the *");
  }
  return absl::OkStatus();
}

bool MatchesLogin(std::string_view pattern, std::string_view login) {
  return MatchSteps(StepsOf(pattern, IsLoginCharacter, /*may_be_empty=*/true), login);
}

absl::Status CheckLoginPattern(std::string_view pattern) {
  std::string filled(pattern);
  std::ranges::replace(filled, '*', 'x');
  if (pattern.starts_with('*')) {
    return InvalidArgument("a pattern of logins must begin with a text of its own, as svc-*");
  }
  return model::CheckLogin(filled);
}

bool MatchesCommand(std::string_view pattern, std::string_view command) {
  if (pattern.find('*') == std::string_view::npos) return pattern == command;
  return MatchSteps(StepsOf(pattern, IsWordCharacter, /*may_be_empty=*/false), command) &&
         !BeginsWithOption(pattern, command);
}

}  // namespace mayfly::policy
