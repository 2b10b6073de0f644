#include "ca/authenticators.h"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/file.h"
#include "base/status.h"
#include "ca/authn/aws_document.h"
#include "ca/authn/azure_document.h"
#include "ca/authn/azure_identity.h"
#include "ca/authn/gcp_token.h"
#include "ca/authn/local_authenticator.h"
#include "ca/authn/mtls_authenticator.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace mayfly {

namespace {

absl::StatusOr<std::vector<authn::CertificateRule>> RulesOf(const config::Authenticator& from,
                                                            const config::MtlsAuthenticator& mtls) {
  std::vector<authn::CertificateRule> rules;
  for (const config::CertificateRule& rule : mtls.rules) {
    MAYFLY_ASSIGN_OR_RETURN(
        authn::CertificateRule made,
        Annotate(authn::CertificateRule::Create(static_cast<authn::CertificateNameKind>(rule.kind),
                                                rule.pattern, rule.subject, rule.name, rule.labels,
                                                rule.groups),
                 fmt::format("authenticator {}: identities", from.name)));
    rules.push_back(std::move(made));
  }
  return rules;
}

absl::StatusOr<std::vector<authn::NameTemplate>> NamesOf(const config::Authenticator& from,
                                                         const std::vector<std::string>& names,
                                                         const std::vector<std::string>& known) {
  std::vector<authn::NameTemplate> templates;
  for (const std::string& name : names) {
    MAYFLY_ASSIGN_OR_RETURN(authn::NameTemplate made,
                            Annotate(authn::NameTemplate::Parse(name),
                                     fmt::format("authenticator {}: names", from.name)));
    for (const std::string& placeholder : made.names()) {
      if (std::ranges::find(known, placeholder) != known.end()) continue;
      return InvalidArgument(fmt::format("authenticator {}: names: no ${{{}}}; there are {}",
                                         from.name, placeholder, fmt::join(known, ", ")));
    }
    templates.push_back(std::move(made));
  }
  return templates;
}

token::TokenRules RulesOf(const config::TokenAuthenticator& from) {
  token::TokenRules rules;
  rules.issuer = from.issuer;
  rules.audiences = from.audiences;
  rules.algorithms = from.algorithms;
  rules.skew = from.skew;
  rules.max_age = from.max_age;
  return rules;
}

}  // namespace

absl::Status CheckAuthenticator(const config::Authenticator& from) {
  if (const auto* mtls = std::get_if<config::MtlsAuthenticator>(&from.method)) {
    MAYFLY_RETURN_IF_ERROR(RulesOf(from, *mtls).status());
    return authn::ClientRoots::Open({mtls->roots_path, mtls->crl_path}).status();
  }
  if (const auto* aws = std::get_if<config::AwsAuthenticator>(&from.method)) {
    MAYFLY_RETURN_IF_ERROR(
        NamesOf(from, aws->names, authn::AwsVerifier(authn::AwsVerifier::Options()).placeholders())
            .status());
    return authn::CertificateFile::Open(aws->certificates_path).status();
  }
  if (const auto* azure = std::get_if<config::AzureAuthenticator>(&from.method)) {
    MAYFLY_RETURN_IF_ERROR(
        NamesOf(from, azure->names,
                authn::AzureVerifier(authn::AzureVerifier::Options()).placeholders())
            .status());
    return authn::CertificateFile::Open(azure->roots_path).status();
  }
  if (const auto* gcp = std::get_if<config::GcpAuthenticator>(&from.method)) {
    return NamesOf(from, gcp->names, authn::GcpVerifier::Placeholders()).status();
  }
  if (const auto* azure = std::get_if<config::AzureIdentityAuthenticator>(&from.method)) {
    return NamesOf(from, azure->names, authn::AzureIdentityVerifier::Placeholders()).status();
  }
  return absl::OkStatus();
}

Authenticators::Authenticators(const ssh::KeyLimits& limits, ledger::Ledger& ledger,
                               const Clock& clock, Log& log)
    : sessions_(ledger),
      tokens_(ledger),
      hosts_(ledger),
      keys_(ledger),
      by_token_(clock, log),
      users_(ledger, limits) {}

absl::StatusOr<std::unique_ptr<Authenticators>> Authenticators::Create(const config::Config& config,
                                                                       const ssh::KeyLimits& limits,
                                                                       ledger::Ledger& ledger,
                                                                       const Clock& clock,
                                                                       Log& log) {
  std::unique_ptr<Authenticators> result(new Authenticators(limits, ledger, clock, log));
  for (const config::Authenticator& from : config.authenticators) {
    MAYFLY_RETURN_IF_ERROR(result->Add(from));
  }
  result->enrolment_ = std::make_unique<authn::UsersEnrolment>(
      result->people_, [tokens = &result->by_token_,
                        certificates = &result->by_certificate_](const model::Identity& proven) {
        return tokens->Holds(proven) ||
               certificates->contains({proven.authenticator, proven.subject.realm});
      });
  result->all_.push_back(
      std::make_unique<authn::SessionAuthenticator>(result->sessions_, *result->enrolment_));
  result->all_.push_back(std::make_unique<authn::HostKeyAuthenticator>(result->hosts_));
  authn::LocalAuthenticator::Options local;
  local.own_uid = geteuid();
  result->all_.push_back(std::make_unique<authn::LocalAuthenticator>(std::move(local)));
  return result;
}

absl::Status Authenticators::Add(const config::Authenticator& from) {
  if (const auto* method = std::get_if<config::SshKeyAuthenticator>(&from.method)) {
    return AddSshKey(from, *method);
  }
  if (const auto* method = std::get_if<config::MtlsAuthenticator>(&from.method)) {
    return AddMtls(from, *method);
  }
  if (const auto* method = std::get_if<config::AwsAuthenticator>(&from.method)) {
    return AddAws(from, *method);
  }
  if (const auto* method = std::get_if<config::AzureAuthenticator>(&from.method)) {
    return AddAzure(from, *method);
  }
  if (const auto* method = std::get_if<config::GcpAuthenticator>(&from.method)) {
    return AddGcp(from, *method);
  }
  if (const auto* method = std::get_if<config::AzureIdentityAuthenticator>(&from.method)) {
    return AddAzureIdentity(from, *method);
  }
  if (const auto* method = std::get_if<config::JoinTokenAuthenticator>(&from.method)) {
    AddJoinToken(from, *method);
    return absl::OkStatus();
  }
  MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<authn::Authenticator> token, by_token_.Make(from));
  MAYFLY_CHECK(token != nullptr);
  all_.push_back(std::move(token));
  return absl::OkStatus();
}

absl::Status Authenticators::ReloadClientRoots(Log& log, bool always) {
  absl::Status first = absl::OkStatus();
  for (const std::unique_ptr<authn::ClientRoots>& roots : client_roots_) {
    bool was_read = false;
    const absl::Status status = roots->Reload(always, &was_read);
    if (was_read && status.ok()) log.Info("client roots in force");
    if (was_read && !status.ok()) {
      log.Error("client roots or CRL refused; the last good ones stay in force",
                {{"error", Message(status)}});
    }
    if (first.ok()) first = status;
  }
  return first;
}

absl::Status Authenticators::ReloadCloudCertificates(Log& log, bool always) {
  absl::Status first = absl::OkStatus();
  for (const std::unique_ptr<authn::CertificateFile>& file : certificate_files_) {
    bool was_read = false;
    const absl::Status status = file->Reload(always, &was_read);
    if (was_read && status.ok()) {
      log.Info("a cloud's certificates in force",
               {{"path", file->path()}, {"certificates", file->Current()->size()}});
    }
    if (was_read && !status.ok()) {
      log.Error("a cloud's certificates refused; the last good ones stay in force",
                {{"error", Message(status)}});
    }
    if (first.ok()) first = status;
  }
  return first;
}

absl::StatusOr<authn::CertificateSource> Authenticators::CertificatesAt(const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<authn::CertificateFile> file,
                          authn::CertificateFile::Open(path));
  certificate_files_.push_back(std::move(file));
  return [from = certificate_files_.back().get()] { return from->Current(); };
}

absl::Status Authenticators::AddMtls(const config::Authenticator& from,
                                     const config::MtlsAuthenticator& method) {
  authn::MtlsAuthenticator::Options options{from.name, from.realm, {}};
  MAYFLY_ASSIGN_OR_RETURN(options.rules, RulesOf(from, method));
  MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<authn::ClientRoots> roots,
                          authn::ClientRoots::Open({method.roots_path, method.crl_path}));
  all_.push_back(std::make_unique<authn::MtlsAuthenticator>(std::move(options), *roots));
  client_roots_.push_back(std::move(roots));
  by_certificate_.emplace(from.name, from.realm);
  if (method.reenroll) returning_hosts_.insert(from.name);
  return absl::OkStatus();
}

absl::Status Authenticators::AddAws(const config::Authenticator& from,
                                    const config::AwsAuthenticator& method) {
  authn::AwsVerifier::Options options;
  MAYFLY_ASSIGN_OR_RETURN(options.certificates, CertificatesAt(method.certificates_path));
  options.accounts = method.accounts;
  options.regions = method.regions;
  options.max_age = method.max_age;
  return AddCloud(from, model::Proof::kAws, method.names, method.reenroll,
                  std::make_unique<authn::AwsVerifier>(std::move(options)));
}

absl::Status Authenticators::AddAzure(const config::Authenticator& from,
                                      const config::AzureAuthenticator& method) {
  authn::AzureVerifier::Options options;
  MAYFLY_ASSIGN_OR_RETURN(options.roots, CertificatesAt(method.roots_path));
  options.signers = method.signers;
  options.subscriptions = method.subscriptions;
  options.max_age = method.max_age;
  return AddCloud(from, model::Proof::kAzure, method.names, method.reenroll,
                  std::make_unique<authn::AzureVerifier>(std::move(options)));
}

absl::Status Authenticators::AddGcp(const config::Authenticator& from,
                                    const config::GcpAuthenticator& method) {
  MAYFLY_ASSIGN_OR_RETURN(const token::KeySource* keys, by_token_.KeysFor(from.name, method.token));
  authn::GcpVerifier::Options options;
  options.name = from.name;
  options.rules = RulesOf(method.token);
  options.projects = method.projects;
  options.zones = method.zones;
  options.service_accounts = method.service_accounts;
  return AddCloud(from, model::Proof::kGcp, method.names, method.reenroll,
                  std::make_unique<authn::GcpVerifier>(std::move(options), *keys));
}

absl::Status Authenticators::AddAzureIdentity(const config::Authenticator& from,
                                              const config::AzureIdentityAuthenticator& method) {
  MAYFLY_ASSIGN_OR_RETURN(const token::KeySource* keys, by_token_.KeysFor(from.name, method.token));
  authn::TokenChecker::Options checking;
  checking.name = from.name;
  checking.rules = RulesOf(method.token);
  return AddCloud(from, model::Proof::kAzureIdentity, method.names, method.reenroll,
                  std::make_unique<authn::AzureIdentityVerifier>(
                      std::move(checking),
                      authn::AzureIdentityVerifier::Options{method.tenant, method.subscriptions,
                                                            method.resource_groups},
                      *keys));
}

absl::Status Authenticators::AddCloud(const config::Authenticator& from, model::Proof proof,
                                      const std::vector<std::string>& names, bool reenroll,
                                      std::unique_ptr<authn::InstanceVerifier> verifier) {
  authn::CloudAuthenticator::Options options{from.name, from.realm, proof, {}};
  MAYFLY_ASSIGN_OR_RETURN(options.names, NamesOf(from, names, verifier->placeholders()));
  all_.push_back(
      std::make_unique<authn::CloudAuthenticator>(std::move(options), std::move(verifier)));
  if (reenroll) returning_hosts_.insert(from.name);
  return absl::OkStatus();
}

absl::Status Authenticators::AddSshKey(const config::Authenticator& from,
                                       const config::SshKeyAuthenticator& method) {
  MAYFLY_ASSIGN_OR_RETURN(
      std::unique_ptr<authn::SshKeyAuthenticator> authenticator,
      users_.MakeAuthenticator(
          {from.name, from.realm, static_cast<authn::SshKeyAuthenticator::Require>(method.require)},
          method.users_path, keys_));
  people_.push_back(authenticator.get());
  if (method.operators_need_hardware) hardware_operators_.insert(from.name);
  all_.push_back(std::move(authenticator));
  return absl::OkStatus();
}

void Authenticators::AddJoinToken(const config::Authenticator& from,
                                  const config::JoinTokenAuthenticator& method) {
  all_.push_back(std::make_unique<authn::JoinTokenAuthenticator>(
      authn::JoinTokenAuthenticator::Options{from.name, from.realm}, tokens_));
  token_issuers_.push_back({from.name, method.max_lifetime});
}

}  // namespace mayfly
