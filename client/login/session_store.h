// The session key of a login: in $XDG_RUNTIME_DIR, which ends with the login, readable by its owner
// only, and never in an agent: an agent may be forwarded, and a session speaks for its owner to the
// CA.
#ifndef MAYFLY_CLIENT_LOGIN_SESSION_STORE_H_
#define MAYFLY_CLIENT_LOGIN_SESSION_STORE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "client/context.h"
#include "ssh/private_key.h"

namespace mayfly::client {

struct StoredSession {
  std::shared_ptr<const ssh::PrivateKey> key;
  std::string subject;
  std::string username;
  absl::Time ends_at;
  absl::Time saved_at = absl::InfinitePast();  // Of one that was loaded, by the system's clock.
};

absl::Status SaveSession(const Context& context, const std::string& ca_id,
                         const StoredSession& session);
// kNotAuthenticated with what to do when there is none or it has ended.
absl::StatusOr<StoredSession> LoadSession(const Context& context, const std::string& ca_id);
// One process at a time: waits for the others, and holds the place until the descriptor goes. Where
// sessions are not kept, nothing is held and nobody waits.
absl::StatusOr<FileDescriptor> LockSessions(const Context& context, const std::string& ca_id);
absl::Status RemoveSession(const Context& context, const std::string& ca_id);

// Where the session of a CA is, in a runtime folder that is its owner's alone (kLocal otherwise):
// of what is kept beside it.
absl::StatusOr<std::string> SessionFolder(const Context& context, const std::string& ca_id);
std::string SessionFolderName(const std::string& ca_id);  // "mayfly/0123456789abcdef"
// Makes the folder, waits for whoever else holds it, and holds it until the descriptor goes.
absl::StatusOr<FileDescriptor> LockFolder(const std::string& folder);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_LOGIN_SESSION_STORE_H_
