#ifndef MAYFLY_CA_TOKEN_CLAIMS_H_
#define MAYFLY_CA_TOKEN_CLAIMS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json_fwd.hpp"

namespace mayfly::token {

// What a token says about its subject: one JSON object. A value; copies share the object.
//
// A claim is named as it stands ("email", "https://example.com/groups"), or, when it lies deeper,
// by a JSON Pointer (RFC 6901) that begins with a slash: "/realm_access/roles",
// "/kubernetes.io/serviceaccount/name".
class Claims {
 public:
  static absl::StatusOr<Claims> Parse(std::string_view text);  // Strictly; kInvalidArgument.

  bool Has(std::string_view name) const;
  // A text without control characters; nullopt when it is missing or something else.
  std::optional<std::string> Text(std::string_view name) const;
  // The same for what policies compare: a text, a whole number, true or false; a list of these with
  // blanks between. At most 1 KiB.
  std::optional<std::string> Scalar(std::string_view name) const;
  // A list of texts, or one text. nullopt when it is missing or something else.
  std::optional<std::vector<std::string>> List(std::string_view name) const;
  // Seconds since 1970, between 1970 and 9999; nullopt when it is missing or something else.
  std::optional<int64_t> UnixSeconds(std::string_view name) const;
  std::optional<bool> Flag(std::string_view name) const;

 private:
  explicit Claims(std::shared_ptr<const nlohmann::json> json) : json_(std::move(json)) {}
  const nlohmann::json* Find(std::string_view name) const;
  std::shared_ptr<const nlohmann::json> json_;
};

// Whether `name` can name a claim at all. kInvalidArgument.
absl::Status CheckClaimName(std::string_view name);

}  // namespace mayfly::token

#endif  // MAYFLY_CA_TOKEN_CLAIMS_H_
