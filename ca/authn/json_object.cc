#include "ca/authn/json_object.h"

#include "base/status.h"
#include "ca/token/strict_json.h"
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
  MAYFLY_ASSIGN_OR_RETURN(const Json parsed, token::ParseStrictJson(json));
  std::map<std::string, std::string> values;
  MAYFLY_RETURN_IF_ERROR(Flatten(parsed, "", 1, values));
  return values;
}

}  // namespace mayfly::authn
