#include "client/operator/users.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/model/subject.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/login/caller.h"
#include "client/operator/authorized_keys.h"
#include "client/print.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

using Json = nlohmann::ordered_json;

// A call's document has at most 64 KiB, of which the rest of it needs little.
constexpr size_t kMaxUsersSize = 60 << 10;

std::vector<std::string> GroupsOf(const v1::EnrolledUser& user) {
  return {user.groups().begin(), user.groups().end()};
}

absl::StatusOr<ssh::PublicKey> ReadKey(const std::string& file) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, 64 << 10));
  absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseLine(text);
  if (!key.ok()) return WithExitCode(Annotate(key.status(), file), ExitCode::kUsage);
  return key;
}

absl::StatusOr<std::string> ReadTeam(const std::string& file) {
  return file == "-" ? ReadStandardInput(kMaxAuthorizedKeys) : ReadFile(file, kMaxAuthorizedKeys);
}

v1::NewUser ToProto(const ImportedUser& user, const std::vector<std::string>& groups) {
  v1::NewUser message;
  message.set_name(user.name);
  for (const std::string& group : groups) message.add_groups(group);
  for (const ssh::PublicKey& key : user.keys) message.add_credential_keys(ToText(key.blob()));
  return message;
}

absl::Status Enrol(const Context& context, const std::vector<ImportedUser>& users,
                   const UsersOptions& options) {
  v1::CallDocument document;
  v1::AddUsers& parameters = *document.mutable_add_users();
  for (const ImportedUser& user : users) {
    *parameters.add_users() = ToProto(user, options.groups);
  }
  parameters.set_authenticator(options.authenticator);
  parameters.set_dry_run(options.dry_run);
  if (parameters.ByteSizeLong() > kMaxUsersSize) {
    return Failure(ExitCode::kUsage, fmt::format("{} users do not fit into one call", users.size()),
                   "split the file in two");
  }
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  MAYFLY_ASSIGN_OR_RETURN(const v1::AddUsersResponse response,
                          caller.Call(&CaClient::AddUsers, document));
  if (context.json) {
    Json json = {{"realm", response.realm()},
                 {"authenticator", response.authenticator()},
                 {"added", response.added()},
                 {"users", Json::array()}};
    for (const ImportedUser& user : users) {
      json["users"].push_back({{"name", user.name}, {"keys", user.keys.size()}});
    }
    PrintJson(context, json);
    return absl::OkStatus();
  }
  for (const ImportedUser& user : users) {
    context.out << fmt::format("{} user:{}@{} with {} key{}, in {}\n",
                               options.dry_run ? "would enroll" : "enrolled",
                               EscapeForTerminal(user.name), EscapeForTerminal(response.realm()),
                               user.keys.size(), user.keys.size() == 1 ? "" : "s",
                               options.groups.empty() ? "no group" : ListText(options.groups));
  }
  if (!options.dry_run) context.Hint("they log in with: mayfly login --identity KEYFILE");
  return absl::OkStatus();
}

absl::Status RunAddUser(const Context& context, const UsersOptions& options) {
  ImportedUser user;
  user.name = options.name;
  for (const std::string& file : options.keys) {
    MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey key, ReadKey(file));
    user.keys.push_back(std::move(key));
  }
  return Enrol(context, {user}, options);
}

absl::Status RunImport(const Context& context, const UsersOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadTeam(options.file));
  const ImportedTeam team = ParseAuthorizedKeys(text, {});
  const std::string file = options.file == "-" ? "standard input" : EscapeForTerminal(options.file);
  for (const LineProblem& problem : team.problems) {
    context.err << fmt::format("{}:{}: {}\n", file, problem.line, problem.message);
  }
  if (!team.problems.empty()) {
    return Failure(ExitCode::kUsage,
                   fmt::format("{}: {} line{} cannot be enrolled; nobody was", file,
                               team.problems.size(), team.problems.size() == 1 ? "" : "s"),
                   "mend or remove the lines above; --dry-run tries without changing anything");
  }
  if (team.users.empty()) {
    return Failure(ExitCode::kUsage, fmt::format("{}: no key in it", file));
  }
  return Enrol(context, team.users, options);
}

absl::Status RunRemove(const Context& context, const UsersOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  document.mutable_remove_user()->set_name(options.name);
  document.mutable_remove_user()->set_authenticator(options.authenticator);
  MAYFLY_ASSIGN_OR_RETURN(const v1::RemoveUserResponse response,
                          caller.Call(&CaClient::RemoveUser, document));
  if (context.json) {
    PrintJson(context, {{"subject", response.subject()}});
    return absl::OkStatus();
  }
  context.out << fmt::format("removed {}: no login and no session any more\n",
                             EscapeForTerminal(response.subject()));
  context.Hint(
      "certificates that were issued hold until they end: mayfly certificates list "
      "--valid --subject " +
      EscapeForTerminal(response.subject()));
  return absl::OkStatus();
}

Json UserJson(const v1::EnrolledUser& user) {
  Json json = {
      {"name", user.name()},      {"realm", user.realm()}, {"authenticator", user.authenticator()},
      {"groups", GroupsOf(user)}, {"keys", Json::array()}, {"source", user.source()}};
  for (const v1::EnrolledKey& key : user.keys()) {
    json["keys"].push_back({{"type", key.type()}, {"fingerprint", key.fingerprint()}});
  }
  if (user.has_added_at()) {
    json["added_by"] = user.added_by();
    json["added_at"] = TimeText(FromProto(user.added_at()));
  }
  return json;
}

absl::Status RunListUsers(const Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  document.mutable_list_users();
  MAYFLY_ASSIGN_OR_RETURN(const v1::ListUsersResponse response,
                          caller.Call(&CaClient::ListUsers, document));
  if (context.json) {
    Json json = {{"users", Json::array()}};
    for (const v1::EnrolledUser& user : response.users()) json["users"].push_back(UserJson(user));
    PrintJson(context, json);
    return absl::OkStatus();
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::EnrolledUser& user : response.users()) {
    std::vector<std::string> keys;
    for (const v1::EnrolledKey& key : user.keys()) {
      keys.push_back(fmt::format("{} {}", key.type(), ShortFingerprint(key.fingerprint())));
    }
    rows.push_back({EscapeForTerminal(user.name()), EscapeForTerminal(user.realm()),
                    EscapeForTerminal(user.authenticator()),
                    user.source() == "file" ? "file" : "by " + EscapeForTerminal(user.added_by()),
                    ListText(GroupsOf(user)), ListText(keys)});
  }
  PrintTable(context.out, {"NAME", "REALM", "AUTHENTICATOR", "ENROLLED", "GROUPS", "KEYS"}, rows);
  if (rows.empty()) context.Say("no user is enrolled by an SSH key");
  return absl::OkStatus();
}

absl::Status RunRelease(const Context& context, const UsersOptions& options) {
  absl::StatusOr<model::Subject> subject =
      model::Subject::Create(model::SubjectKind::kUser, options.name, options.realm);
  if (!subject.ok()) return WithExitCode(subject.status(), ExitCode::kUsage);
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  document.mutable_release_name()->set_subject(subject->ToString());
  MAYFLY_ASSIGN_OR_RETURN(const v1::ReleaseNameResponse response,
                          caller.Call(&CaClient::ReleaseName, document));
  if (context.json) {
    PrintJson(context, {{"subject", subject->ToString()},
                        {"issuer", response.issuer()},
                        {"issuer_subject", response.issuer_subject()}});
    return absl::OkStatus();
  }
  context.out << fmt::format("{} is free: it was {} of {}, whose sessions have ended\n",
                             subject->ToString(), EscapeForTerminal(response.issuer_subject()),
                             EscapeForTerminal(response.issuer()));
  context.Hint("whoever proves this name next has it, and with it what the policy gives the name");
  return absl::OkStatus();
}

}  // namespace

ExitCode AddUser(const Context& context, const UsersOptions& options) {
  return context.Finish(RunAddUser(context, options));
}
ExitCode ImportUsers(const Context& context, const UsersOptions& options) {
  return context.Finish(RunImport(context, options));
}
ExitCode RemoveUser(const Context& context, const UsersOptions& options) {
  return context.Finish(RunRemove(context, options));
}
ExitCode ListUsers(const Context& context) { return context.Finish(RunListUsers(context)); }
ExitCode ReleaseUser(const Context& context, const UsersOptions& options) {
  return context.Finish(RunRelease(context, options));
}

}  // namespace mayfly::client
