#include "client/print.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace mayfly::client {
namespace {

// What a terminal gives to a cell: good enough for names, which are mostly ASCII.
size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void PrintRow(std::ostream& out, const std::vector<std::string>& row,
              const std::vector<size_t>& widths) {
  for (size_t i = 0; i < row.size(); ++i) {
    out << row[i];
    if (i + 1 < row.size()) out << std::string(widths[i] - Width(row[i]) + 2, ' ');
  }
  out << '\n';
}

}  // namespace

void PrintTable(std::ostream& out, const std::vector<std::string>& heading,
                const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return;
  std::vector<size_t> widths;
  for (const std::string& cell : heading) widths.push_back(Width(cell));
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  PrintRow(out, heading, widths);
  for (const auto& row : rows) PrintRow(out, row, widths);
}

void PrintJson(std::ostream& out, const nlohmann::json& json) {
  out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

std::string RoughText(absl::Duration duration) {
  struct Unit {
    int64_t seconds;
    char letter;
  };
  constexpr Unit kUnits[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  const int64_t total = absl::ToInt64Seconds(absl::AbsDuration(duration));
  for (size_t i = 0; i < std::size(kUnits); ++i) {
    const Unit& unit = kUnits[i];
    if (total < unit.seconds) continue;
    std::string text = fmt::format("{}{}", total / unit.seconds, unit.letter);
    const int64_t rest = total % unit.seconds;
    if (i + 1 < std::size(kUnits) && rest >= kUnits[i + 1].seconds) {
      text += fmt::format("{}{}", rest / kUnits[i + 1].seconds, kUnits[i + 1].letter);
    }
    return text;
  }
  return "0s";
}

std::string RelativeText(absl::Time time, absl::Time now) {
  const absl::Duration distance = time - now;
  if (absl::AbsDuration(distance) < absl::Seconds(1)) return "now";
  return distance > absl::ZeroDuration() ? "in " + RoughText(distance)
                                         : RoughText(distance) + " ago";
}

std::string TimeWithRelative(absl::Time time, absl::Time now) {
  return fmt::format("{} ({})", TimeText(time), RelativeText(time, now));
}

std::string ListText(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += ", ";
    text += EscapeForTerminal(item);
  }
  return text.empty() ? "none" : text;
}

std::string ShortFingerprint(std::string_view fingerprint) {
  constexpr size_t kShown = 19;  // "SHA256:" and 72 bits: enough to tell apart, not to be trusted.
  if (fingerprint.size() <= kShown) return EscapeForTerminal(fingerprint);
  return EscapeForTerminal(fingerprint.substr(0, kShown)) + "…";
}

}  // namespace mayfly::client
