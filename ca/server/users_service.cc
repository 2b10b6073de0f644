#include <algorithm>

#include "base/status.h"
#include "base/text.h"
#include "ca/policy/operators.h"
#include "ca/server/proto_codec.h"
#include "ca/server/services.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly::server {
namespace {

constexpr char kAddUsers[] = "/mayfly.v1.Users/Add";
constexpr char kRemoveUser[] = "/mayfly.v1.Users/Remove";
constexpr char kListUsers[] = "/mayfly.v1.Users/List";
constexpr char kReleaseName[] = "/mayfly.v1.Users/Release";
constexpr int kMaxUsers = 1000;
constexpr int kMaxGroups = 256;
constexpr int kMaxKeys = 16;         // Of one user.
constexpr size_t kMaxLogged = 2000;  // Bytes about users, in one line of the log.

absl::StatusOr<authn::User> ReadUser(const v1::NewUser& from) {
  authn::User user;
  user.name = from.name();
  if (from.groups_size() > kMaxGroups) {
    return InvalidArgument(fmt::format("groups: at most {}", kMaxGroups));
  }
  if (from.credential_keys_size() > kMaxKeys) {
    return InvalidArgument(fmt::format("credential_keys: at most {}", kMaxKeys));
  }
  user.groups.assign(from.groups().begin(), from.groups().end());
  for (const std::string& blob : from.credential_keys()) {
    MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey key,
                            Annotate(ssh::PublicKey::ParseBlob(AsBytes(blob)), "credential_keys"));
    user.keys.push_back(std::move(key));
  }
  return user;
}

absl::StatusOr<std::vector<authn::User>> ReadUsers(const AuthenticatedCall& call) {
  if (!call.document.has_add_users()) return InvalidArgument("document: no add_users parameters");
  const v1::AddUsers& parameters = call.document.add_users();
  if (parameters.users_size() < 1 || parameters.users_size() > kMaxUsers) {
    return InvalidArgument(fmt::format("users: expected 1 to {}", kMaxUsers));
  }
  std::vector<authn::User> users;
  for (int i = 0; i < parameters.users_size(); ++i) {
    MAYFLY_ASSIGN_OR_RETURN(authn::User user,
                            Annotate(ReadUser(parameters.users(i)), fmt::format("users[{}]", i)));
    users.push_back(std::move(user));
  }
  return users;
}

void Fill(const EnrolledUser& from, v1::EnrolledUser& to) {
  to.set_name(from.user.name);
  to.set_realm(from.authenticator.realm);
  to.set_authenticator(from.authenticator.name);
  for (const std::string& group : from.user.groups) to.add_groups(group);
  for (const ssh::PublicKey& key : from.user.keys) {
    v1::EnrolledKey& enrolled = *to.add_keys();
    enrolled.set_type(std::string(ssh::KeyTypeShortName(key.type())));
    enrolled.set_fingerprint(key.Fingerprint().text);
  }
  to.set_source(from.by_call ? "call" : "file");
  if (!from.by_call) return;
  to.set_added_by(from.added_by);
  *to.mutable_added_at() = ToProto(from.added_at);
}

// What the registry refused is an answer, and recorded; what it could not do is an error.
std::optional<Failure> Outcome(ServerCore& core, const AuthenticatedCall& call,
                               const absl::Status& status) {
  if (status.ok()) return std::nullopt;
  if (absl::IsInvalidArgument(status)) return core.RefuseBadRequest(call, status);
  if (absl::IsPermissionDenied(status)) {
    return core.Refuse(call, "built-in: users", Message(status));
  }
  return status;
}

// Nullopt for who may change users: with the permission, and by what no agent lends.
std::optional<Failure> RequireManager(ServerCore& core, const AuthenticatedCall& call) {
  if (const absl::Status may = core.Require(call, policy::Permission::kManageUsers); !may.ok()) {
    return Failure(may);
  }
  return core.RequireOwnHand(call, "operators", "a change of users");
}

policy::ManagedGroups ManagedBy(ServerCore& core, const AuthenticatedCall& call) {
  return policy::ManagedBy(*core.seams().policy(), call.proven.identity, call.call.peer,
                           core.Now());
}

// Nullopt when the caller manages all of `groups`. They are a realm's: in another, a group of the
// same name may open anything. And a rule may be for whoever has proven themselves by one
// authenticator: whoever manages groups puts nobody into another than the first.
std::optional<Failure> RequireManaged(ServerCore& core, const AuthenticatedCall& call,
                                      const UserAuthenticator& chosen,
                                      const std::vector<std::string>& groups) {
  const policy::ManagedGroups managed = ManagedBy(core, call);
  if (managed.any) return std::nullopt;
  const model::Subject& by = call.proven.identity.subject;
  if (chosen.realm != by.realm) {
    return core.Refuse(call, "operators",
                       fmt::format("no operator rule lets {} manage users of the realm {}",
                                   by.ToString(), chosen.realm));
  }
  const absl::StatusOr<UserAuthenticator> first = core.seams().users->Choose("");
  if (!first.ok() || first->name != chosen.name) {
    return core.Refuse(
        call, "operators",
        fmt::format("users of {} are changed by operators with manage_groups: any", chosen.name));
  }
  for (const std::string& group : groups) {
    if (managed.Contains(group)) continue;
    return core.Refuse(call, "operators",
                       fmt::format("no operator rule lets {} manage the group {}: no "
                                   "manage_groups of theirs names it",
                                   by.ToString(), EscapeForTerminal(group.substr(0, 100))));
  }
  return std::nullopt;
}

std::string WhoAndWhere(const std::vector<authn::User>& users) {
  std::string text;
  for (const authn::User& user : users) {
    text += fmt::format("{}{} in [{}]", text.empty() ? "" : "; ", user.name,
                        fmt::join(user.groups, ", "));
    if (text.size() > kMaxLogged) return text.substr(0, kMaxLogged) + "…";
  }
  return text;
}

// Whoever may change users may let people in: each time, somebody else should hear of it.
template <typename... Fields>
void Tell(ServerCore& core, const AuthenticatedCall& call, std::string_view what,
          const Fields&... fields) {
  core.log().Alert(what, {{"request_id", call.call.request_id},
                          {"by", call.proven.identity.subject.ToString()},
                          fields...});
}

std::optional<Failure> TakeAdd(ServerCore& core, const AuthenticatedCall& call,
                               v1::AddUsersResponse* response) {
  if (auto refused = RequireManager(core, call)) return refused;
  const absl::StatusOr<std::vector<authn::User>> users = ReadUsers(call);
  if (!users.ok()) return core.RefuseBadRequest(call, users.status());
  const v1::AddUsers& parameters = call.document.add_users();
  UserRegistry& registry = *core.seams().users;
  const absl::StatusOr<UserAuthenticator> chosen = registry.Choose(parameters.authenticator());
  if (!chosen.ok()) return Outcome(core, call, chosen.status());
  for (const authn::User& user : *users) {
    if (auto refused = RequireManaged(core, call, *chosen, user.groups)) return refused;
  }
  const absl::Status added =
      registry.Add(call.call, call.proven.identity, *chosen, *users, parameters.dry_run());
  if (!added.ok()) return Outcome(core, call, added);
  response->set_authenticator(chosen->name);
  response->set_realm(chosen->realm);
  if (parameters.dry_run()) return std::nullopt;
  response->set_added(static_cast<uint32_t>(users->size()));
  Tell(core, call, "users enrolled by a call", LogField("realm", chosen->realm),
       LogField("users", WhoAndWhere(*users)));
  return std::nullopt;
}

// Of whom a call enrolled as `name`; empty for everybody else.
absl::StatusOr<std::vector<std::string>> GroupsOf(UserRegistry& registry,
                                                  const UserAuthenticator& authenticator,
                                                  const std::string& name) {
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<EnrolledUser> all, registry.List());
  const auto found = std::ranges::find_if(all, [&](const EnrolledUser& one) {
    return one.by_call && one.authenticator.name == authenticator.name && one.user.name == name;
  });
  return found == all.end() ? std::vector<std::string>() : found->user.groups;
}

std::optional<Failure> TakeRemove(ServerCore& core, const AuthenticatedCall& call,
                                  v1::RemoveUserResponse* response) {
  if (auto refused = RequireManager(core, call)) return refused;
  if (!call.document.has_remove_user()) {
    return core.RefuseBadRequest(call, InvalidArgument("document: no remove_user parameters"));
  }
  const v1::RemoveUser& parameters = call.document.remove_user();
  UserRegistry& registry = *core.seams().users;
  const absl::StatusOr<UserAuthenticator> chosen = registry.Choose(parameters.authenticator());
  if (!chosen.ok()) return Outcome(core, call, chosen.status());
  const absl::StatusOr<model::Subject> subject =
      model::Subject::Create(model::SubjectKind::kUser, parameters.name(), chosen->realm);
  if (!subject.ok()) return core.RefuseBadRequest(call, subject.status());
  // Who may not put somebody there takes nobody out either: the name would be free for another key.
  const absl::StatusOr<std::vector<std::string>> groups =
      GroupsOf(registry, *chosen, subject->name);
  if (!groups.ok()) return Failure(groups.status());
  if (auto refused = RequireManaged(core, call, *chosen, *groups)) return refused;
  const absl::Status removed = registry.Remove(call.call, call.proven.identity, *chosen, *subject);
  if (!removed.ok()) return Outcome(core, call, removed);
  response->set_subject(subject->ToString());
  Tell(core, call, "user removed by a call", LogField("subject", subject->ToString()));
  return std::nullopt;
}

std::optional<Failure> TakeRelease(ServerCore& core, const AuthenticatedCall& call,
                                   v1::ReleaseNameResponse* response) {
  if (auto refused = RequireManager(core, call)) return refused;
  if (!call.document.has_release_name()) {
    return core.RefuseBadRequest(call, InvalidArgument("document: no release_name parameters"));
  }
  const absl::StatusOr<model::Subject> subject =
      model::Subject::Parse(call.document.release_name().subject());
  if (!subject.ok()) return core.RefuseBadRequest(call, subject.status());
  if (!ManagedBy(core, call).any) {
    return core.Refuse(call, "operators",
                       "a name is released by operators with manage_groups: any, for whoever "
                       "proves it next has all that it gives");
  }
  const absl::StatusOr<ledger::NameBinding> was =
      core.ledger().ReleaseName(call.call, call.proven.identity, *subject);
  if (!was.ok()) return Failure(was.status());
  response->set_issuer(was->issuer);
  response->set_issuer_subject(was->issuer_subject);
  Tell(core, call, "name released", LogField("subject", subject->ToString()),
       LogField("was", was->issuer + " " + was->issuer_subject));
  return std::nullopt;
}

}  // namespace

grpc::ServerUnaryReactor* UsersService::Add(grpc::CallbackServerContext* context,
                                            const v1::SignedCall* request,
                                            v1::AddUsersResponse* response) {
  return core_.TakeCall(
      context, kAddUsers, request, local_peer_,
      [this, response](const AuthenticatedCall& call) { return TakeAdd(core_, call, response); });
}

grpc::ServerUnaryReactor* UsersService::Remove(grpc::CallbackServerContext* context,
                                               const v1::SignedCall* request,
                                               v1::RemoveUserResponse* response) {
  return core_.TakeCall(context, kRemoveUser, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) {
                          return TakeRemove(core_, call, response);
                        });
}

grpc::ServerUnaryReactor* UsersService::List(grpc::CallbackServerContext* context,
                                             const v1::SignedCall* request,
                                             v1::ListUsersResponse* response) {
  return core_.TakeCall(
      context, kListUsers, request, local_peer_,
      [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
        const absl::Status may = core_.Require(call, policy::Permission::kManageUsers);
        if (!may.ok()) return may;
        if (!call.document.has_list_users()) {
          return core_.RefuseBadRequest(call,
                                        InvalidArgument("document: no list_users parameters"));
        }
        const absl::StatusOr<std::vector<EnrolledUser>> users = core_.seams().users->List();
        if (!users.ok()) return users.status();
        for (const EnrolledUser& user : *users) Fill(user, *response->add_users());
        return std::nullopt;
      });
}

grpc::ServerUnaryReactor* UsersService::Release(grpc::CallbackServerContext* context,
                                                const v1::SignedCall* request,
                                                v1::ReleaseNameResponse* response) {
  return core_.TakeCall(context, kReleaseName, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) {
                          return TakeRelease(core_, call, response);
                        });
}

}  // namespace mayfly::server
