#include "ca/authenticators.h"

#include <unistd.h>

#include <utility>
#include <variant>

#include "base/status.h"
#include "ca/authn/host_key_authenticator.h"
#include "ca/authn/join_token_authenticator.h"
#include "ca/authn/local_authenticator.h"
#include "ca/authn/users_loader.h"

namespace mayfly {

absl::StatusOr<std::unique_ptr<Authenticators>> Authenticators::Create(const config::Config& config,
                                                                       const ssh::KeyLimits& limits,
                                                                       ledger::Ledger& ledger,
                                                                       const Clock& clock,
                                                                       Log& log) {
  std::unique_ptr<Authenticators> result(new Authenticators(ledger, clock, log));
  result->limits_ = limits;
  for (const config::Authenticator& from : config.authenticators) {
    MAYFLY_RETURN_IF_ERROR(result->Add(from));
  }
  std::vector<const authn::SshKeyAuthenticator*> people;
  for (const UsersFile& file : result->users_) people.push_back(file.authenticator);
  result->enrolment_ = std::make_unique<authn::UsersEnrolment>(
      std::move(people), [tokens = &result->by_token_](const model::Identity& first_proven) {
        return tokens->Holds(first_proven.authenticator, first_proven.subject.realm);
      });
  result->all_.push_back(
      std::make_unique<authn::SessionAuthenticator>(result->sessions_, *result->enrolment_));
  result->all_.push_back(std::make_unique<authn::HostKeyAuthenticator>(result->hosts_));
  authn::LocalAuthenticator::Options local;
  local.own_uid = geteuid();
  result->all_.push_back(std::make_unique<authn::LocalAuthenticator>(std::move(local)));
  return result;
}

absl::Status Authenticators::ReloadUsers(Log& log) {
  absl::Status first = absl::OkStatus();
  for (const UsersFile& file : users_) {
    absl::StatusOr<authn::UserDirectory> users = authn::LoadUsersFile(file.path, limits_);
    if (!users.ok()) {
      log.Error("users refused; the last good file stays in force",
                {{"error", Message(users.status())}});
      if (first.ok()) first = users.status();
      continue;
    }
    log.Info("users in force", {{"path", file.path}, {"users", users->users().size()}});
    file.authenticator->SetUsers(std::make_shared<const authn::UserDirectory>(*std::move(users)));
  }
  return first;
}

Authenticators::Authenticators(ledger::Ledger& ledger, const Clock& clock, Log& log)
    : sessions_(ledger), tokens_(ledger), hosts_(ledger), keys_(ledger), by_token_(clock, log) {}

absl::Status Authenticators::Add(const config::Authenticator& from) {
  if (const auto* join = std::get_if<config::JoinTokenAuthenticator>(&from.method)) {
    all_.push_back(std::make_unique<authn::JoinTokenAuthenticator>(
        authn::JoinTokenAuthenticator::Options{from.name, from.realm}, tokens_));
    token_issuers_.push_back({from.name, join->max_lifetime});
    return absl::OkStatus();
  }
  MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<authn::Authenticator> token, by_token_.Make(from));
  if (token != nullptr) {
    all_.push_back(std::move(token));
    return absl::OkStatus();
  }
  return AddSshKey(from, std::get<config::SshKeyAuthenticator>(from.method).users_path);
}

absl::Status Authenticators::AddSshKey(const config::Authenticator& from,
                                       const std::string& users_path) {
  MAYFLY_ASSIGN_OR_RETURN(authn::UserDirectory users, authn::LoadUsersFile(users_path, limits_));
  auto authenticator = std::make_unique<authn::SshKeyAuthenticator>(
      authn::SshKeyAuthenticator::Options{from.name, from.realm},
      std::make_shared<const authn::UserDirectory>(std::move(users)), keys_);
  users_.push_back({authenticator.get(), users_path});
  all_.push_back(std::move(authenticator));
  return absl::OkStatus();
}

}  // namespace mayfly
