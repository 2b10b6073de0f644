#include "client/policy/loaded_set.h"

#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "ca/policy/policy_loader.h"
#include "client/failure.h"
#include "document/load.h"
#include "mayfly/v1/config.pb.h"
#include "mayfly/v1/users.pb.h"

namespace mayfly::client {
namespace {

absl::Status AddUsers(const std::string& path, const std::string& authenticator,
                      const std::string& realm, KnownPeople* known) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  v1::UsersFile file;
  MAYFLY_RETURN_IF_ERROR(document::Load(text, path, &file, nullptr));
  for (const v1::User& user : file.users()) {
    model::Identity identity;
    MAYFLY_ASSIGN_OR_RETURN(
        identity.subject,
        Annotate(model::Subject::Create(model::SubjectKind::kUser, user.name(), realm), path));
    identity.authenticator = authenticator;
    identity.groups =
        model::Fact<std::vector<std::string>>::Known({user.groups().begin(), user.groups().end()});
    known->surroundings.groups.insert(user.groups().begin(), user.groups().end());
    known->people.push_back(std::move(identity));
  }
  known->surroundings.authenticators.insert(authenticator);
  return absl::OkStatus();
}

// The defaults are those of docs/configuration.md.
absl::Status AddConfiguration(const std::string& path, KnownPeople* known) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  v1::ConfigFile file;
  MAYFLY_RETURN_IF_ERROR(document::Load(text, path, &file, nullptr));
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (const v1::ConfigAuthenticator& authenticator : file.authenticators()) {
    known->surroundings.authenticators.insert(authenticator.name());
    if (!authenticator.has_ssh_key()) continue;
    const std::string& named = authenticator.ssh_key().users();
    const std::string users = (folder / (named.empty() ? "users.yaml" : named)).string();
    MAYFLY_RETURN_IF_ERROR(AddUsers(users, authenticator.name(), authenticator.realm(), known));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LoadedSet> LoadSet(const std::string& folder) {
  absl::StatusOr<std::vector<policy::PolicyText>> files = policy::ReadPolicyFiles(folder);
  if (!files.ok()) {
    const absl::Status status =
        WithExitCode(files.status(), files.status().code() == absl::StatusCode::kInvalidArgument
                                         ? ExitCode::kNo
                                         : ExitCode::kLocal);
    // What is wrong with one file in it is no matter of which folder.
    const bool another =
        absl::IsFailedPrecondition(files.status()) ||
        (absl::IsNotFound(files.status()) && Message(files.status()).starts_with("policy folder"));
    return another ? WithHint(status, "name the folder that holds the policies") : status;
  }
  LoadedSet loaded;
  loaded.files = files->size();
  loaded.sources = policy::Sources::Of(*files, folder);
  auto policy = policy::LoadPolicyText(*std::move(files), folder);
  if (!policy.ok()) return WithExitCode(policy.status(), ExitCode::kNo);
  loaded.policy = *std::move(policy);
  return loaded;
}

absl::StatusOr<KnownPeople> LoadPeople(const PeopleOptions& options) {
  KnownPeople known;
  absl::Status status;
  if (!options.users.empty()) {
    status = AddUsers(options.users, options.authenticator, options.realm, &known);
  }
  if (status.ok() && !options.mayflyd_config.empty()) {
    status = AddConfiguration(options.mayflyd_config, &known);
  }
  if (!status.ok()) return WithExitCode(status, ExitCode::kLocal);
  return known;
}

}  // namespace mayfly::client
