#include "ca/enrolled_users.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/users_loader.h"
#include "fmt/format.h"

namespace mayfly {

using authn::User;
using authn::UserDirectory;

namespace {

// A name that a provider proved is its person's: a second way to it would be another's.
absl::Status CheckFree(ledger::Ledger& ledger, const std::string& realm, const std::string& name) {
  MAYFLY_ASSIGN_OR_RETURN(const model::Subject subject,
                          model::Subject::Create(model::SubjectKind::kUser, name, realm));
  const absl::StatusOr<ledger::NameBinding> bound = ledger.FindName(subject);
  if (absl::IsNotFound(bound.status())) return absl::OkStatus();
  MAYFLY_RETURN_IF_ERROR(bound.status());
  return PermissionDenied(fmt::format(
      "{} is the name of somebody whom {} proves: take another name, or release it with: mayfly "
      "users release {}",
      name, bound->issuer, name));
}

// Takes out of `by_call` who may not stand beside `file`, and says why the first may not. The file
// counts: one name that is in both must not keep all others from changing.
absl::Status LeaveOut(const UserDirectory& file, std::vector<User>& by_call) {
  absl::Status why;
  std::erase_if(by_call, [&](const User& user) {
    const absl::Status is_new = file.CheckNew(user);
    why.Update(is_new);
    return !is_new.ok();
  });
  return why;
}

}  // namespace

// A file as read, the same with those whom the ledger adds, and why one of them was left out.
struct EnrolledUsers::Loaded {
  std::shared_ptr<const UserDirectory> file;
  std::shared_ptr<const UserDirectory> all;
  absl::Status left_out;
};

absl::StatusOr<EnrolledUsers::Loaded> EnrolledUsers::Read(const std::string& authenticator,
                                                          const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(UserDirectory file, authn::LoadUsersFile(path, limits_));
  MAYFLY_ASSIGN_OR_RETURN(std::vector<User> by_call, ByCall(authenticator));
  absl::Status left_out = LeaveOut(file, by_call);
  MAYFLY_ASSIGN_OR_RETURN(UserDirectory all, Annotate(UserDirectory::Merge(file, by_call), path));
  return Loaded{std::make_shared<const UserDirectory>(std::move(file)),
                std::make_shared<const UserDirectory>(std::move(all)), std::move(left_out)};
}

absl::StatusOr<std::unique_ptr<authn::SshKeyAuthenticator>> EnrolledUsers::MakeAuthenticator(
    authn::SshKeyAuthenticator::Options options, const std::string& path,
    const authn::CertifiedKeys& certified_keys) {
  MAYFLY_ASSIGN_OR_RETURN(Loaded loaded, Read(options.name, path));
  auto authenticator = std::make_unique<authn::SshKeyAuthenticator>(
      std::move(options), std::move(loaded.all), certified_keys);
  MutexLock lock(mutex_);
  sources_.push_back(
      {authenticator.get(), path, std::move(loaded.file), std::move(loaded.left_out)});
  return authenticator;
}

absl::Status EnrolledUsers::Report(Log& log) const {
  MutexLock lock(mutex_);
  absl::Status first = absl::OkStatus();
  for (const Source& source : sources_) first.Update(Report(source, log));
  return first;
}

absl::Status EnrolledUsers::Report(const Source& source, Log& log) {
  log.Info("users in force",
           {{"path", source.path}, {"users", source.authenticator->users()->users().size()}});
  if (!source.left_out.ok()) {
    log.Warning("who is enrolled twice goes by the users file",
                {{"error", Message(source.left_out)}});
  }
  return source.left_out;
}

absl::Status EnrolledUsers::Reload(Log& log) {
  MutexLock lock(mutex_);
  absl::Status first = absl::OkStatus();
  for (Source& source : sources_) {
    absl::StatusOr<Loaded> loaded = Read(source.authenticator->name(), source.path);
    if (!loaded.ok()) {
      log.Error("users refused; those of before stay in force",
                {{"error", Message(loaded.status())}});
      first.Update(loaded.status());
      continue;
    }
    source.file = std::move(loaded->file);
    source.left_out = std::move(loaded->left_out);
    source.authenticator->SetUsers(std::move(loaded->all));
    first.Update(Report(source, log));
  }
  return first;
}

absl::StatusOr<server::UserAuthenticator> EnrolledUsers::Choose(
    const std::string& authenticator) const {
  MutexLock lock(mutex_);
  if (sources_.empty()) return FailedPrecondition("no ssh_key authenticator is configured");
  for (const Source& source : sources_) {
    if (authenticator.empty() || source.authenticator->name() == authenticator) {
      return server::UserAuthenticator{source.authenticator->name(), source.authenticator->realm()};
    }
  }
  return InvalidArgument("authenticator: no ssh_key authenticator has this name");
}

absl::Status EnrolledUsers::Add(const model::Call& call, const model::Identity& by,
                                const server::UserAuthenticator& authenticator,
                                const std::vector<User>& users, bool dry_run) {
  MutexLock lock(mutex_);
  Source* source = Find(authenticator.name);
  if (source == nullptr) return InvalidArgument("no such ssh_key authenticator");
  MAYFLY_RETURN_IF_ERROR(CheckNew(authenticator, users));
  MAYFLY_ASSIGN_OR_RETURN(std::vector<User> by_call, ByCall(authenticator.name));
  LeaveOut(*source->file, by_call).IgnoreError();  // Report has told of them.
  for (const User& user : users) {
    if (source->file->FindByName(user.name) != nullptr) {
      return PermissionDenied(fmt::format(
          "{} stands in the users file: change it there, then send mayflyd a SIGHUP", user.name));
    }
    if (std::ranges::find(by_call, user.name, &User::name) != by_call.end()) {
      return PermissionDenied(fmt::format(
          "{} is enrolled already, by a call: to change it, remove it first", user.name));
    }
  }
  by_call.insert(by_call.end(), users.begin(), users.end());
  absl::StatusOr<UserDirectory> all = UserDirectory::Merge(*source->file, by_call);
  if (!all.ok()) return PermissionDenied(Message(all.status()));
  if (dry_run) return absl::OkStatus();
  std::vector<ledger::UserRecord> records;
  for (const User& user : users) {
    records.push_back({authenticator.name, user.name, user.groups, user.keys});
  }
  MAYFLY_RETURN_IF_ERROR(ledger_.RecordUsers(call, by, records));
  source->authenticator->SetUsers(std::make_shared<const UserDirectory>(*std::move(all)));
  return absl::OkStatus();
}

absl::Status EnrolledUsers::Remove(const model::Call& call, const model::Identity& by,
                                   const server::UserAuthenticator& authenticator,
                                   const model::Subject& user) {
  MutexLock lock(mutex_);
  Source* source = Find(authenticator.name);
  if (source == nullptr) return InvalidArgument("no such ssh_key authenticator");
  MAYFLY_ASSIGN_OR_RETURN(std::vector<User> by_call, ByCall(authenticator.name));
  const size_t found =
      std::erase_if(by_call, [&](const User& other) { return other.name == user.name; });
  if (found == 0 && source->file->FindByName(user.name) != nullptr) {
    return FailedPrecondition(fmt::format(
        "{} stands in the users file {}, which calls do not change: edit the file, then send "
        "mayflyd a SIGHUP",
        user.name, source->path));
  }
  // All that can fail comes before the ledger, so that whoever is removed there is out here too.
  LeaveOut(*source->file, by_call).IgnoreError();
  MAYFLY_ASSIGN_OR_RETURN(UserDirectory all, UserDirectory::Merge(*source->file, by_call));
  absl::Status removed = ledger_.RemoveUser(call, by, authenticator.name, user);
  // Whom the ledger does not know is out as well: an earlier answer may have been lost.
  if (removed.ok() || absl::IsNotFound(removed)) {
    source->authenticator->SetUsers(std::make_shared<const UserDirectory>(std::move(all)));
  }
  return removed;
}

absl::StatusOr<std::vector<server::EnrolledUser>> EnrolledUsers::List() {
  MutexLock lock(mutex_);
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ledger::UserState> added, ledger_.ListUsers());
  std::vector<server::EnrolledUser> users;
  for (const Source& source : sources_) {
    const server::UserAuthenticator authenticator{source.authenticator->name(),
                                                  source.authenticator->realm()};
    for (const User& user : source.file->users()) users.push_back({user, authenticator});
    for (const ledger::UserState& state : added) {
      if (state.record.authenticator != authenticator.name) continue;
      const User user{state.record.name, state.record.groups, state.record.keys};
      users.push_back({user, authenticator, /*by_call=*/true, state.added_by, state.added_at});
    }
  }
  return users;
}

absl::StatusOr<std::vector<User>> EnrolledUsers::ByCall(const std::string& authenticator) {
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ledger::UserState> states, ledger_.ListUsers());
  std::vector<User> users;
  for (const ledger::UserState& state : states) {
    if (state.record.authenticator != authenticator) continue;
    users.push_back({state.record.name, state.record.groups, state.record.keys});
  }
  return users;
}

bool EnrolledUsers::Holds(const std::string& realm, const std::string& name) const {
  MutexLock lock(mutex_);
  return std::ranges::any_of(sources_, [&](const Source& source) {
    return source.authenticator->realm() == realm &&
           source.authenticator->users()->FindByName(name) != nullptr;
  });
}

absl::Status EnrolledUsers::CheckNew(const server::UserAuthenticator& chosen,
                                     const std::vector<User>& users) {
  for (const User& user : users) {
    MAYFLY_RETURN_IF_ERROR(authn::CheckUser(user, limits_));
    MAYFLY_RETURN_IF_ERROR(CheckFree(ledger_, chosen.realm, user.name));
    for (const Source& source : sources_) {
      const authn::SshKeyAuthenticator& other = *source.authenticator;
      // Of one realm: the same subject, and so the same person.
      if (other.name() == chosen.name || other.realm() != chosen.realm) continue;
      if (other.users()->FindByName(user.name) == nullptr) continue;
      return PermissionDenied(
          fmt::format("{} is enrolled already, for {}", user.name, other.name()));
    }
    for (const ssh::PublicKey& key : user.keys) {
      MAYFLY_ASSIGN_OR_RETURN(const std::string owner, ledger_.KeyOwner(key.Fingerprint()));
      if (!owner.empty()) {
        return PermissionDenied(fmt::format(
            "the key {} of {} was certified or accepted for {}; a key that is used elsewhere is no "
            "credential: take another one",
            key.Fingerprint().text, user.name, EscapeForTerminal(owner)));
      }
      for (const Source& source : sources_) {
        const User* holder = source.authenticator->users()->FindByKey(key);
        if (holder == nullptr || holder->name == user.name) continue;
        return PermissionDenied(fmt::format("the key {} of {} is enrolled already, as a key of {}",
                                            key.Fingerprint().text, user.name, holder->name));
      }
    }
  }
  return absl::OkStatus();
}

EnrolledUsers::Source* EnrolledUsers::Find(const std::string& authenticator) {
  for (Source& source : sources_) {
    if (source.authenticator->name() == authenticator) return &source;
  }
  return nullptr;
}

}  // namespace mayfly
