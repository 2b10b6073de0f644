// The session key of a token that its platform hands out again and again (Kubernetes, GitLab): the
// CA may have bound the token to the key of its first login, so the next one needs the same.
//
// A key is kept beside the session, or, for a workload that has no runtime folder, in
// $XDG_STATE_HOME/mayfly or ~/.local/state/mayfly, readable by its owner only. It is found by its
// token alone: whoever brings another one has another key. Those of the last day are kept.
#ifndef MAYFLY_CLIENT_LOGIN_TOKEN_KEY_H_
#define MAYFLY_CLIENT_LOGIN_TOKEN_KEY_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file.h"
#include "client/context.h"
#include "ssh/private_key.h"

namespace mayfly::client {

absl::Status KeepTokenKey(const Context& context, const std::string& ca_id, std::string_view token,
                          const ssh::PrivateKey& key);
// kNotFound when none is kept for this token.
absl::StatusOr<std::shared_ptr<const ssh::PrivateKey>> RecallTokenKey(const Context& context,
                                                                      const std::string& ca_id,
                                                                      std::string_view token);
// Those of this CA, whatever their token.
absl::Status DropTokenKeys(const Context& context, const std::string& ca_id);
// As LockSessions: of two logins by one token the second finds the key of the first.
absl::StatusOr<FileDescriptor> LockTokenKeys(const Context& context, const std::string& ca_id);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_TOKEN_KEY_H_
