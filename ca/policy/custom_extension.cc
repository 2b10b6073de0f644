#include "ca/policy/custom_extension.h"

#include <string>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "fmt/format.h"

namespace mayfly::policy {

absl::Status CheckExtensionName(std::string_view name) {
  const size_t at = name.find('@');
  const std::string_view own = name.substr(0, at);
  const bool well_formed =
      at != std::string_view::npos && !own.empty() && name.size() <= 64 &&
      own.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos &&
      name.substr(at).find('.') != std::string_view::npos &&
      model::CheckHostName(name.substr(at + 1)).ok();
  if (!well_formed) {
    return InvalidArgument(
        fmt::format("'{}' is not the name of a custom extension; expected name@domain, as "
                    "login@github.com",
                    EscapeForTerminal(name.substr(0, 64))));
  }
  if (name.ends_with("@openssh.com") || name.ends_with(".openssh.com")) {
    return InvalidArgument(fmt::format(
        "'{}' belongs to OpenSSH; what it knows is written under \"extensions\"", name));
  }
  return absl::OkStatus();
}

absl::Status CheckExtensionValue(std::string_view value) {
  if (!value.empty() && value.size() <= kMaxExtensionValue && EscapeForTerminal(value) == value) {
    return absl::OkStatus();
  }
  return InvalidArgument(
      fmt::format("a value of {} bytes; expected 1 to {} printable ones on one line", value.size(),
                  kMaxExtensionValue));
}

}  // namespace mayfly::policy
