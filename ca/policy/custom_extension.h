// Extensions of others than OpenSSH: GitHub's login@github.com is the best known.
#ifndef MAYFLY_CA_POLICY_CUSTOM_EXTENSION_H_
#define MAYFLY_CA_POLICY_CUSTOM_EXTENSION_H_

#include <string_view>

#include "absl/status/status.h"

namespace mayfly::policy {

inline constexpr size_t kMaxExtensionValue =
    255;  // A name or address; nothing is known to need more.

// name@domain, as PROTOCOL.certkeys asks of extensions that are not OpenSSH's; not openssh.com,
// whose extensions mean something to sshd. kInvalidArgument says what is wrong.
absl::Status CheckExtensionName(std::string_view name);
// 1 to kMaxExtensionValue printable bytes on one line; kInvalidArgument.
absl::Status CheckExtensionValue(std::string_view value);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_CUSTOM_EXTENSION_H_
