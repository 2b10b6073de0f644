#include "ca/token/claims.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/text.h"
#include "ca/token/strict_json.h"
#include "fmt/format.h"

namespace mayfly::token {
namespace {

constexpr size_t kMaxScalar = 1024;
constexpr size_t kMaxList = 2000;
constexpr int64_t kYear9999 = 253402300799;

bool IsPrintable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

std::optional<std::string> TextOf(const nlohmann::json& value) {
  if (!value.is_string()) return std::nullopt;
  std::string text = value.get<std::string>();
  if (!IsPrintable(text)) return std::nullopt;
  return text;
}

std::optional<std::string> ScalarOf(const nlohmann::json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_unsigned()) return fmt::format("{}", value.get<uint64_t>());
  if (value.is_number_integer()) return fmt::format("{}", value.get<int64_t>());
  return TextOf(value);
}

}  // namespace

absl::StatusOr<Claims> Claims::Parse(std::string_view text) {
  MAYFLY_ASSIGN_OR_RETURN(nlohmann::json json, ParseStrictJson(text));
  return Claims(std::make_shared<const nlohmann::json>(std::move(json)));
}

const nlohmann::json* Claims::Find(std::string_view name) const {
  if (!name.starts_with("/")) {
    const auto found = json_->find(std::string(name));
    return found == json_->end() ? nullptr : &*found;
  }
  try {
    const nlohmann::json::json_pointer pointer{std::string(name)};
    return json_->contains(pointer) ? &json_->at(pointer) : nullptr;
  } catch (const nlohmann::json::exception&) {
    return nullptr;  // CheckClaimName refuses such names where they are configured.
  }
}

bool Claims::Has(std::string_view name) const { return Find(name) != nullptr; }

std::optional<std::string> Claims::Text(std::string_view name) const {
  const nlohmann::json* value = Find(name);
  return value == nullptr ? std::nullopt : TextOf(*value);
}

std::optional<std::string> Claims::Scalar(std::string_view name) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  std::optional<std::string> result;
  if (!value->is_array()) {
    result = ScalarOf(*value);
  } else if (value->size() <= kMaxList) {
    std::string joined;
    for (const nlohmann::json& item : *value) {
      const std::optional<std::string> one = ScalarOf(item);
      if (!one) return std::nullopt;
      joined += (joined.empty() ? "" : " ") + *one;
    }
    result = joined;
  }
  if (!result || result->size() > kMaxScalar) return std::nullopt;
  return result;
}

std::optional<std::vector<std::string>> Claims::List(std::string_view name) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (const std::optional<std::string> one = TextOf(*value)) return std::vector{*one};
  if (!value->is_array() || value->size() > kMaxList) return std::nullopt;
  std::vector<std::string> list;
  for (const nlohmann::json& item : *value) {
    const std::optional<std::string> one = TextOf(item);
    if (!one) return std::nullopt;
    list.push_back(*one);
  }
  return list;
}

std::optional<int64_t> Claims::UnixSeconds(std::string_view name) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  // RFC 7519 allows fractions of a second, and some libraries write them.
  const double seconds = value->get<double>();
  if (!(seconds >= 0 && seconds <= static_cast<double>(kYear9999))) return std::nullopt;
  return static_cast<int64_t>(seconds);
}

std::optional<bool> Claims::Flag(std::string_view name) const {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_string() && *value == "true") return true;  // As some providers write it.
  if (value->is_string() && *value == "false") return false;
  return std::nullopt;
}

absl::Status CheckClaimName(std::string_view name) {
  if (name.empty() || name.size() > 256 || !IsPrintable(name)) {
    return InvalidArgument("expected the name of a claim, such as groups, or /realm_access/roles");
  }
  if (!name.starts_with("/")) return absl::OkStatus();
  try {
    const nlohmann::json::json_pointer pointer{std::string(name)};
    static_cast<void>(pointer);
  } catch (const nlohmann::json::exception&) {
    return InvalidArgument(
        "not a JSON Pointer: after a ~ stands 0 (for ~) or 1 (for /), as in RFC 6901");
  }
  return absl::OkStatus();
}

}  // namespace mayfly::token
