// The users file: proto/mayfly/v1/users.proto in YAML.
#ifndef MAYFLY_CA_AUTHN_USERS_LOADER_H_
#define MAYFLY_CA_AUTHN_USERS_LOADER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ca/authn/user_directory.h"
#include "ssh/public_key.h"

namespace mayfly::authn {

// kInvalidArgument with every mistake as file:line:column and a caret: unknown fields, bad names, a
// name or a key twice (with both places), options or certificates instead of keys, weak keys.
absl::StatusOr<UserDirectory> LoadUsers(std::string_view text, std::string_view file_name,
                                        const ssh::KeyLimits& limits = {});
// The same from a file. kFailedPrecondition when anybody may write to it: who can, is an operator.
absl::StatusOr<UserDirectory> LoadUsersFile(const std::string& path,
                                            const ssh::KeyLimits& limits = {});

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_USERS_LOADER_H_
