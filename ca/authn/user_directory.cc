#include "ca/authn/user_directory.h"

#include <utility>

#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::authn {

absl::StatusOr<UserDirectory> UserDirectory::Create(std::vector<User> users) {
  UserDirectory directory;
  directory.users_ = std::move(users);
  for (size_t i = 0; i < directory.users_.size(); ++i) {
    const User& user = directory.users_[i];
    if (!directory.by_name_.emplace(user.name, i).second) {
      return InvalidArgument(fmt::format("the user {} is there twice", user.name));
    }
    for (const ssh::PublicKey& key : user.keys) {
      const auto [at, is_new] = directory.by_key_.emplace(key, i);
      if (!is_new) {
        return InvalidArgument(fmt::format("the key {} belongs to both {} and {}",
                                           key.Fingerprint().text,
                                           directory.users_[at->second].name, user.name));
      }
    }
  }
  return directory;
}

const User* UserDirectory::FindByName(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &users_[found->second];
}

const User* UserDirectory::FindByKey(const ssh::PublicKey& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &users_[found->second];
}

}  // namespace mayfly::authn
