#include "ca/policy/finding.h"

#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

constexpr size_t kMaxShownBytes = 80;
constexpr size_t kMaxShownWords = 12;

Finding Make(std::string_view condition, model::Outcome outcome, std::string_view detail,
             std::string_view complaint) {
  Finding finding;
  finding.shown.condition = condition;
  finding.shown.outcome = outcome;
  finding.shown.detail = detail;
  finding.complaint = complaint;
  return finding;
}

}  // namespace

Finding Held(std::string_view condition, std::string_view detail) {
  return Make(condition, model::Outcome::kHeld, detail, "");
}

Finding Failed(std::string_view condition, std::string_view detail, std::string_view complaint) {
  return Make(condition, model::Outcome::kFailed, detail, complaint);
}

Finding Unknown(std::string_view condition, std::string_view detail, std::string_view complaint) {
  return Make(condition, model::Outcome::kUnknown, detail, complaint);
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
