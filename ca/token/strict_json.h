// JSON that strangers wrote, read so that two readers cannot see two things in it.
#ifndef MAYFLY_CA_TOKEN_STRICT_JSON_H_
#define MAYFLY_CA_TOKEN_STRICT_JSON_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json_fwd.hpp"

namespace mayfly::token {

inline constexpr int kMaxJsonDepth = 16;

// One object and nothing after it. kInvalidArgument for anything else: bytes that are not UTF-8, a
// member that comes twice in one object, more than kMaxJsonDepth levels. The caller bounds the
// size.
absl::StatusOr<nlohmann::json> ParseStrictJson(std::string_view text);

// The string under `name`; empty when there is none or it is something else.
std::string StringMember(const nlohmann::json& object, const char* name);

}  // namespace mayfly::token

#endif  // MAYFLY_CA_TOKEN_STRICT_JSON_H_
