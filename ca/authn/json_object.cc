#include "ca/authn/json_object.h"

#include <set>
#include <vector>

#include "base/status.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace mayfly::authn {
namespace {

using Json = nlohmann::json;
constexpr size_t kMaxJsonDepth = 8;

absl::Status Flatten(const Json& object, const std::string& prefix, size_t depth,
                     std::map<std::string, std::string>& out) {
  if (depth > kMaxJsonDepth) return InvalidArgument("the JSON is nested too deeply");
  for (const auto& [name, value] : object.items()) {
    if (name.find('/') != std::string::npos) {
      return InvalidArgument("a JSON member has a slash in its name");
    }
    if (value.is_object()) {
      MAYFLY_RETURN_IF_ERROR(Flatten(value, prefix + name + "/", depth + 1, out));
    } else if (value.is_string()) {
      out[prefix + name] = value.get<std::string>();
    } else if (value.is_number_integer()) {
      out[prefix + name] = value.dump();
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> FlattenJson(std::string_view json) {
  if (json.size() > kMaxJson) {
    return InvalidArgument(
        fmt::format("the JSON has {} bytes; at most {} are read", json.size(), kMaxJson));
  }
  // The library keeps the last of two members with one name; two readers may differ in that.
  std::vector<std::set<std::string>> members;
  bool twice = false;
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > static_cast<int>(kMaxJsonDepth) + 1) too_deep = true;
    if (event == Json::parse_event_t::object_start) members.emplace_back();
    if (event == Json::parse_event_t::object_end) members.pop_back();
    if (event == Json::parse_event_t::key && !members.back().insert(parsed).second) twice = true;
    return !too_deep;
  };
  const Json parsed = Json::parse(json, watch, /*allow_exceptions=*/false);
  if (too_deep) return InvalidArgument("the JSON is nested too deeply");
  if (parsed.is_discarded() || !parsed.is_object()) return InvalidArgument("not a JSON object");
  if (twice) return InvalidArgument("a JSON member stands there twice");
  std::map<std::string, std::string> values;
  MAYFLY_RETURN_IF_ERROR(Flatten(parsed, "", 1, values));
  return values;
}

}  // namespace mayfly::authn
