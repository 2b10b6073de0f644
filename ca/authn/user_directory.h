#ifndef MAYFLY_CA_AUTHN_USER_DIRECTORY_H_
#define MAYFLY_CA_AUTHN_USER_DIRECTORY_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ssh/public_key.h"

namespace mayfly::authn {

// Somebody in the users file, or enrolled by an operator's call.
struct User {
  std::string name;
  std::vector<std::string> groups;
  std::vector<ssh::PublicKey> keys;  // Each is a credential, and nobody else's.
};

inline constexpr size_t kMaxGroupSize = 128;
// 1 to kMaxGroupSize letters, digits or ._+@:/-. Groups are compared, never expanded into paths or
// commands; but they stand in traces and logs.
bool IsGroup(std::string_view group);

// Whether a call may enrol `user`: its name, which is nobody's reserved login, its groups and keys.
// kInvalidArgument with a sentence for the operator.
absl::Status CheckUser(const User& user, const ssh::KeyLimits& limits);

// The users of one authenticator: immutable, so one snapshot serves any number of threads.
class UserDirectory {
 public:
  UserDirectory() = default;  // Nobody.
  // kInvalidArgument when a name or a key is there twice.
  static absl::StatusOr<UserDirectory> Create(std::vector<User> users);
  // Those of a users file and those enrolled by calls. kInvalidArgument when a name or a key is in
  // both, or twice among the latter.
  static absl::StatusOr<UserDirectory> Merge(const UserDirectory& file,
                                             const std::vector<User>& by_call);
  // Whether `user`, who is enrolled by a call, may stand beside these: kInvalidArgument when a name
  // or a key is here already.
  absl::Status CheckNew(const User& user) const;

  // By name or credential key; null when there is none. Valid as long as the directory.
  const User* FindByName(std::string_view name) const;
  const User* FindByKey(const ssh::PublicKey& key) const;
  const std::vector<User>& users() const { return users_; }

 private:
  std::vector<User> users_;
  std::map<std::string, size_t, std::less<>> by_name_;
  std::map<ssh::PublicKey, size_t> by_key_;
};

}  // namespace mayfly::authn

#endif  // MAYFLY_CA_AUTHN_USER_DIRECTORY_H_
