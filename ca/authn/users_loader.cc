#include "ca/authn/users_loader.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/model/subject.h"
#include "document/load.h"
#include "fmt/format.h"
#include "mayfly/v1/users.pb.h"

namespace mayfly::authn {
namespace {

using document::ElementPath;
using document::FieldPath;

// One pass over the file; every mistake is noted and the rest is still looked at.
class Reader {
 public:
  Reader(const document::SourceMap& source, const ssh::KeyLimits& limits)
      : source_(source), limits_(limits), errors_(source.NewDiagnostics()) {}

  absl::StatusOr<UserDirectory> Read(const v1::UsersFile& file) {
    std::vector<User> users;
    for (int i = 0; i < file.users_size(); ++i) {
      const std::string path = ElementPath("users", static_cast<size_t>(i));
      users.push_back(ReadUser(file.users(i), path));
    }
    MAYFLY_RETURN_IF_ERROR(errors_.ToStatus());
    return UserDirectory::Create(std::move(users));
  }

 private:
  void Error(const std::string& path, std::string_view message) {
    errors_.Add(source_.At(path, message));
  }

  User ReadUser(const v1::User& user, const std::string& path) {
    User read;
    read.name = user.name();
    CheckName(read.name, path);
    for (int i = 0; i < user.groups_size(); ++i) {
      const std::string place = ElementPath(FieldPath(path, "groups"), static_cast<size_t>(i));
      AddGroup(user.groups(i), place, read);
    }
    if (user.keys_size() == 0) Error(path, "a user needs \"keys\": at least one SSH public key");
    for (int i = 0; i < user.keys_size(); ++i) {
      const std::string place = ElementPath(FieldPath(path, "keys"), static_cast<size_t>(i));
      AddKey(user.keys(i), place, read);
    }
    return read;
  }

  void CheckName(const std::string& name, const std::string& path) {
    const std::string place = FieldPath(path, "name");
    if (!source_.Contains(place)) return Error(path, "a user needs a \"name\"");
    // Any realm will do: the authenticator that reads the file has its own.
    const auto subject = model::Subject::Create(model::SubjectKind::kUser, name, "people");
    if (!subject.ok()) return Error(place, Message(subject.status()));
    const auto [first, is_new] = names_.emplace(name, place);
    if (!is_new) {
      Error(place,
            fmt::format("the user \"{}\" is there already, on {}", name, Line(first->second)));
    }
  }

  void AddGroup(const std::string& group, const std::string& place, User& user) {
    if (!IsGroup(group)) {
      return Error(place, fmt::format("{} is not a group; expected 1 to {} letters, digits or "
                                      "._+@:/-",
                                      document::Quote(group), kMaxGroupSize));
    }
    if (std::ranges::find(user.groups, group) != user.groups.end()) {
      return Error(place, fmt::format("the group \"{}\" is there twice", group));
    }
    user.groups.push_back(group);
  }

  void AddKey(const std::string& line, const std::string& place, User& user) {
    const absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseLine(line);
    if (!key.ok()) return Error(place, Message(key.status()));
    if (const absl::Status fit = ssh::CheckSubjectKey(*key, limits_); !fit.ok()) {
      return Error(place, Message(fit));
    }
    const auto [first, is_new] = keys_.emplace(*key, std::make_pair(user.name, place));
    if (!is_new) {
      return Error(place, fmt::format("the key {} is there already, as a key of {} on {}",
                                      key->Fingerprint().text, document::Quote(first->second.first),
                                      Line(first->second.second)));
    }
    user.keys.push_back(*key);
  }

  std::string Line(const std::string& path) const {
    const document::Position at = source_.Find(path);
    return fmt::format("line {}:{}", at.line, at.column);
  }

  const document::SourceMap& source_;
  const ssh::KeyLimits limits_;
  document::Diagnostics errors_;
  std::map<std::string, std::string> names_;                            // -> place
  std::map<ssh::PublicKey, std::pair<std::string, std::string>> keys_;  // -> name, place
};

// Whoever writes the users file decides who is an operator.
absl::Status CheckWriters(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0 || (info.st_mode & S_IWOTH) == 0) return absl::OkStatus();
  return FailedPrecondition(
      fmt::format("{}: anybody may write to this file; run: chmod o-w {}", path, path));
}

}  // namespace

absl::StatusOr<UserDirectory> LoadUsers(std::string_view text, std::string_view file_name,
                                        const ssh::KeyLimits& limits) {
  v1::UsersFile file;
  document::SourceMap source;
  MAYFLY_RETURN_IF_ERROR(document::Load(text, file_name, &file, &source));
  return Reader(source, limits).Read(file);
}

absl::StatusOr<UserDirectory> LoadUsersFile(const std::string& path, const ssh::KeyLimits& limits) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  MAYFLY_RETURN_IF_ERROR(CheckWriters(path));
  return LoadUsers(text, path, limits);
}

}  // namespace mayfly::authn
