#include "ca/authn/user_directory.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "ca/model/subject.h"
#include "fmt/format.h"

namespace mayfly::authn {

bool IsGroup(std::string_view group) {
  return !group.empty() && group.size() <= kMaxGroupSize && std::ranges::all_of(group, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._+@:/-").find(c) != std::string_view::npos;
  });
}

absl::Status CheckUser(const User& user, const ssh::KeyLimits& limits) {
  // Any realm will do: the authenticator has its own.
  MAYFLY_RETURN_IF_ERROR(
      model::Subject::Create(model::SubjectKind::kUser, user.name, "people").status());
  if (model::IsReservedLogin(user.name)) {
    return InvalidArgument(fmt::format(
        "{} is the name of a system account; enrol people by names of their own", user.name));
  }
  for (size_t i = 0; i < user.groups.size(); ++i) {
    const std::string& group = user.groups[i];
    if (!IsGroup(group)) {
      return InvalidArgument(
          fmt::format("{}: '{}' is not a group; expected 1 to {} letters, digits or ._+@:/-",
                      user.name, EscapeForTerminal(group.substr(0, 80)), kMaxGroupSize));
    }
    if (std::find(user.groups.begin(), user.groups.begin() + static_cast<ptrdiff_t>(i), group) !=
        user.groups.begin() + static_cast<ptrdiff_t>(i)) {
      return InvalidArgument(fmt::format("{}: the group {} is there twice", user.name, group));
    }
  }
  if (user.keys.empty()) {
    return InvalidArgument(fmt::format("{} needs at least one SSH public key", user.name));
  }
  for (const ssh::PublicKey& key : user.keys) {
    MAYFLY_RETURN_IF_ERROR(Annotate(ssh::CheckSubjectKey(key, limits), user.name));
  }
  return absl::OkStatus();
}

absl::Status UserDirectory::CheckNew(const User& user) const {
  if (FindByName(user.name) != nullptr) {
    return InvalidArgument(fmt::format(
        "{} stands in the users file and is enrolled by a call; a name is in one place: change "
        "the file, or run: mayfly users remove {}",
        user.name, user.name));
  }
  for (const ssh::PublicKey& key : user.keys) {
    const User* owner = FindByKey(key);
    if (owner == nullptr) continue;
    return InvalidArgument(fmt::format("the key {} of {} stands in the users file, as a key of {}",
                                       key.Fingerprint().text, user.name, owner->name));
  }
  return absl::OkStatus();
}

absl::StatusOr<UserDirectory> UserDirectory::Merge(const UserDirectory& file,
                                                   const std::vector<User>& by_call) {
  std::vector<User> all = file.users();
  for (const User& user : by_call) {
    MAYFLY_RETURN_IF_ERROR(file.CheckNew(user));
    all.push_back(user);
  }
  return Create(std::move(all));
}

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
