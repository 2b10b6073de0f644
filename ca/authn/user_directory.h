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

// Somebody in the users file.
struct User {
  std::string name;
  std::vector<std::string> groups;
  std::vector<ssh::PublicKey> keys;  // Each is a credential, and nobody else's.
};

// The users of one file: immutable, so one snapshot serves any number of threads.
class UserDirectory {
 public:
  UserDirectory() = default;  // Nobody.
  // kInvalidArgument when a name or a key is there twice.
  static absl::StatusOr<UserDirectory> Create(std::vector<User> users);

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
