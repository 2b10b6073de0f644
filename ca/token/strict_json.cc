#include "ca/token/strict_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::token {

absl::StatusOr<nlohmann::json> ParseStrictJson(std::string_view text) {
  using Json = nlohmann::json;
  std::vector<std::set<std::string>> members;  // Of the objects that are open.
  std::string twice;
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kMaxJsonDepth) too_deep = true;
    if (event == Json::parse_event_t::object_start) members.emplace_back();
    if (event == Json::parse_event_t::object_end) members.pop_back();
    if (event == Json::parse_event_t::key &&
        !members.back().insert(value.get<std::string>()).second) {
      twice = value.get<std::string>();
      if (twice.empty()) twice = "(empty)";
    }
    return true;
  };
  Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (too_deep) return InvalidArgument("JSON that is nested too deeply");
  if (!twice.empty()) {
    return InvalidArgument(
        fmt::format("the JSON member \"{}\" comes twice", EscapeForTerminal(twice.substr(0, 64))));
  }
  if (json.is_discarded() || !json.is_object()) return InvalidArgument("not a JSON object");
  return json;
}

std::string StringMember(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace mayfly::token
