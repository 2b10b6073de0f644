// Pieces of URLs and forms.
#ifndef MAYFLY_HTTP_URL_H_
#define MAYFLY_HTTP_URL_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace mayfly::http {

using Form = std::vector<std::pair<std::string, std::string>>;

std::string PercentEncode(std::string_view text);  // Everything but letters, digits and -._~
// "+" is a blank, as forms have it; nullopt for a % that no two digits follow.
std::optional<std::string> PercentDecode(std::string_view text);
std::string EncodeForm(const Form& form);                       // "a=1&b=2"
std::optional<Form> DecodeForm(std::string_view text);          // nullopt as PercentDecode.
std::string AddQuery(std::string_view url, const Form& query);  // After "?" or "&".

// https://HOST[:PORT][/PATH], without user, fragment, blanks or control characters; a query is
// allowed when `allow_query`. kInvalidArgument says what is expected.
absl::Status CheckHttpsUrl(std::string_view url, bool allow_query = false);

}  // namespace mayfly::http

#endif  // MAYFLY_HTTP_URL_H_
