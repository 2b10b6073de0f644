// JSON of strangers, as far as attested documents need it.
#ifndef MAYFLY_CA_AUTHN_JSON_OBJECT_H_
#define MAYFLY_CA_AUTHN_JSON_OBJECT_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace mayfly::authn {

inline constexpr size_t kMaxJson = 32 << 10;

// The strings and whole numbers of a JSON object by their path, "timeStamp/createdOn": numbers as
// text; arrays, booleans and nulls are passed over. kInvalidArgument for anything but one object, a
// member twice, a member whose name has a slash, more than 8 levels or kMaxJson bytes.
absl::StatusOr<std::map<std::string, std::string>> FlattenJson(std::string_view json);

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_JSON_OBJECT_H_
