#include "ca/policy/finding.h"

#include <utility>

#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

constexpr size_t kMaxShownBytes = 80;
constexpr size_t kMaxShownWords = 12;

}  // namespace

void Findings::Keep(model::Outcome outcome, Text text) {
  Finding finding;
  finding.shown.condition = std::move(text.condition);
  finding.shown.outcome = outcome;
  finding.shown.detail = std::move(text.detail);
  if (!finding.held()) finding.complaint = std::move(text.complaint);
  list_.push_back(std::move(finding));
}

std::string Shown(std::string_view text) {
  if (text.size() <= kMaxShownBytes) return EscapeForTerminal(text);
  return EscapeForTerminal(text.substr(0, kMaxShownBytes)) + "…";
}

std::string Shown(const std::vector<std::string>& words) {
  std::string shown = "[";
  for (size_t i = 0; i < words.size(); ++i) {
    if (i == kMaxShownWords) {
      shown += fmt::format(", … and {} more", words.size() - i);
      break;
    }
    if (i > 0) shown += ", ";
    shown += Shown(words[i]);
  }
  return shown + "]";
}

std::string Shown(const std::vector<IpNetwork>& networks) {
  std::vector<std::string> words;
  for (const IpNetwork& network : networks) words.push_back(network.ToString());
  return Shown(words);
}

std::string Shown(const model::Labels& labels) {
  std::string shown;
  for (const auto& [key, value] : labels) {
    if (!shown.empty()) shown += " and ";
    shown += Shown(key) + "=" + Shown(value);
  }
  return shown.empty() ? "none" : shown;
}

}  // namespace mayfly::policy
