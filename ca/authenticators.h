// The authenticators as configured, with the state that they ask for.
#ifndef MAYFLY_CA_AUTHENTICATORS_H_
#define MAYFLY_CA_AUTHENTICATORS_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/log.h"
#include "ca/adapters.h"
#include "ca/authn/authenticator.h"
#include "ca/authn/certificate_file.h"
#include "ca/authn/client_roots.h"
#include "ca/authn/cloud_authenticator.h"
#include "ca/authn/ssh_key_authenticator.h"
#include "ca/config/config.h"
#include "ca/enrolled_users.h"
#include "ca/ledger/ledger.h"
#include "ca/server/server_core.h"
#include "ca/token_authenticators.h"

namespace mayfly {

// Whether what a configured authenticator names beside users can be had: certificates, CRLs, rules
// and names. The error says what is wrong.
absl::Status CheckAuthenticator(const config::Authenticator& from);

// Builds every authenticator of a configuration, beside those that are built in, and reads again
// what they stand on. Outlives the verifier that takes them. Thread-safe after Take.
class Authenticators {
 public:
  // `ledger`, `clock`, `log` and the list of `limits`, to which users' keys are held, outlive it.
  // Errors name the file that is wrong.
  static absl::StatusOr<std::unique_ptr<Authenticators>> Create(const config::Config& config,
                                                                const ssh::KeyLimits& limits,
                                                                ledger::Ledger& ledger,
                                                                const Clock& clock, Log& log);

  // In the order of the configuration, then the built-in ones. Once.
  std::vector<std::unique_ptr<authn::Authenticator>> Take() { return std::move(all_); }
  const std::vector<server::TokenIssuer>& token_issuers() const { return token_issuers_; }

  TokenAuthenticators& by_token() { return by_token_; }

  // Authenticators whose operators must prove themselves by a security key.
  const std::set<std::string>& hardware_operators() const { return hardware_operators_; }
  const std::set<std::string>& returning_hosts() const { return returning_hosts_; }
  bool any_mtls() const { return !client_roots_.empty(); }
  EnrolledUsers& users() { return users_; }

  // Who is in force by the users files, as EnrolledUsers::Report.
  absl::Status ReportUsers(Log& log) const { return users_.Report(log); }
  // Reads the users files again, as EnrolledUsers::Reload.
  absl::Status ReloadUsers(Log& log) { return users_.Reload(log); }
  // Reads the roots and CRLs of client certificates again, those that have changed or `always`.
  // What is wrong leaves the last good ones in force; the first such error is the answer.
  absl::Status ReloadClientRoots(Log& log, bool always);
  // The same for the certificates by which clouds sign.
  absl::Status ReloadCloudCertificates(Log& log, bool always);

 private:
  Authenticators(const ssh::KeyLimits& limits, ledger::Ledger& ledger, const Clock& clock,
                 Log& log);
  absl::Status Add(const config::Authenticator& from);
  absl::Status AddSshKey(const config::Authenticator& from,
                         const config::SshKeyAuthenticator& method);
  absl::Status AddMtls(const config::Authenticator& from, const config::MtlsAuthenticator& method);
  // What the file at `path` holds, whenever it is asked.
  absl::StatusOr<authn::CertificateSource> CertificatesAt(const std::string& path);
  absl::Status AddAws(const config::Authenticator& from, const config::AwsAuthenticator& method);
  absl::Status AddAzure(const config::Authenticator& from,
                        const config::AzureAuthenticator& method);
  absl::Status AddGcp(const config::Authenticator& from, const config::GcpAuthenticator& method);
  absl::Status AddAzureIdentity(const config::Authenticator& from,
                                const config::AzureIdentityAuthenticator& method);
  absl::Status AddCloud(const config::Authenticator& from, model::Proof proof,
                        const std::vector<std::string>& names, bool reenroll,
                        std::unique_ptr<authn::InstanceVerifier> verifier);
  void AddJoinToken(const config::Authenticator& from,
                    const config::JoinTokenAuthenticator& method);

  const LedgerSessions sessions_;
  const LedgerJoinTokens tokens_;
  const LedgerHosts hosts_;
  const LedgerKeys keys_;
  TokenAuthenticators by_token_;
  EnrolledUsers users_;
  std::vector<const authn::SshKeyAuthenticator*> people_;
  std::unique_ptr<authn::UsersEnrolment> enrolment_;
  std::vector<std::unique_ptr<authn::Authenticator>> all_;
  std::vector<server::TokenIssuer> token_issuers_;
  std::set<std::string> hardware_operators_;
  std::set<std::string> returning_hosts_;
  std::vector<std::unique_ptr<authn::ClientRoots>> client_roots_;
  std::vector<std::unique_ptr<authn::CertificateFile>> certificate_files_;  // Of clouds.
  std::set<std::pair<std::string, std::string>> by_certificate_;            // Names and realms.
};

}  // namespace mayfly

#endif  // MAYFLY_CA_AUTHENTICATORS_H_
