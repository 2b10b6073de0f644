// The people of the ssh_key authenticators, as operators see and change them.
#ifndef MAYFLY_CA_SERVER_USER_REGISTRY_H_
#define MAYFLY_CA_SERVER_USER_REGISTRY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/authn/user_directory.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"

namespace mayfly::server {

// An ssh_key authenticator.
struct UserAuthenticator {
  std::string name;
  std::string realm;
};

struct EnrolledUser {
  authn::User user;
  UserAuthenticator authenticator;
  bool by_call = false;  // Else it stands in the users file, which calls cannot change.
  std::string added_by;  // By call: a subject.
  absl::Time added_at;
};

// Thread-safe.
class UserRegistry {
 public:
  virtual ~UserRegistry() = default;

  // By name; empty = the first. kInvalidArgument, kFailedPrecondition when there is none.
  virtual absl::StatusOr<UserAuthenticator> Choose(const std::string& authenticator) const = 0;

  // Enrols all of `users` or none, recorded and in force when it returns; with `dry_run` only says
  // whether it would.
  //   kInvalidArgument   a name, group or key that cannot be
  //   kPermissionDenied  a name or key that is enrolled already, a name that is bound to a
  //                      provider's subject, or a key that is used elsewhere
  //   otherwise          as Ledger::RecordUsers
  virtual absl::Status Add(const model::Call& call, const model::Identity& by,
                           const UserAuthenticator& authenticator,
                           const std::vector<authn::User>& users, bool dry_run) = 0;
  // Ends enrolment and sessions of `user`, who is of the authenticator's realm, at once.
  // kFailedPrecondition for a user of the file; kNotFound; as Ledger::RemoveUser.
  virtual absl::Status Remove(const model::Call& call, const model::Identity& by,
                              const UserAuthenticator& authenticator,
                              const model::Subject& user) = 0;
  virtual absl::StatusOr<std::vector<EnrolledUser>> List() = 0;
  // Whether an ssh_key authenticator of `realm` has a user of this name, by file or by call.
  virtual bool Holds(const std::string& realm, const std::string& name) const = 0;
};

}  // namespace mayfly::server

#endif  // MAYFLY_CA_SERVER_USER_REGISTRY_H_
