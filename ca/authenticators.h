// The authenticators as configured, with the state that they ask for.
#ifndef MAYFLY_CA_AUTHENTICATORS_H_
#define MAYFLY_CA_AUTHENTICATORS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/log.h"
#include "ca/adapters.h"
#include "ca/authn/authenticator.h"
#include "ca/authn/session_authenticator.h"
#include "ca/authn/ssh_key_authenticator.h"
#include "ca/config/config.h"
#include "ca/ledger/ledger.h"
#include "ca/server/server_core.h"
#include "ca/token_authenticators.h"
#include "ssh/public_key.h"

namespace mayfly {

// Made once, at start. Thread-safe after Take; `ledger`, `clock` and `log` outlive it, and it
// outlives what Take gave.
class Authenticators {
 public:
  // Errors are those of the files that the configuration names, with their places. Users' keys are
  // held to `limits`, whose list outlives the object.
  static absl::StatusOr<std::unique_ptr<Authenticators>> Create(const config::Config& config,
                                                                const ssh::KeyLimits& limits,
                                                                ledger::Ledger& ledger,
                                                                const Clock& clock, Log& log);

  // All of them, those that are built in included; once.
  std::vector<std::unique_ptr<authn::Authenticator>> Take() { return std::move(all_); }
  const std::vector<server::TokenIssuer>& token_issuers() const { return token_issuers_; }

  TokenAuthenticators& by_token() { return by_token_; }

  // Reads the users files anew. A file that is wrong leaves its last good users in force, is
  // logged, and is what is returned.
  absl::Status ReloadUsers(Log& log);

 private:
  // One ssh_key authenticator and where its users stand.
  struct UsersFile {
    authn::SshKeyAuthenticator* authenticator;
    std::string path;
  };

  Authenticators(ledger::Ledger& ledger, const Clock& clock, Log& log);
  absl::Status Add(const config::Authenticator& from);
  absl::Status AddSshKey(const config::Authenticator& from, const std::string& users_path);

  const LedgerSessions sessions_;
  const LedgerJoinTokens tokens_;
  const LedgerHosts hosts_;
  const LedgerKeys keys_;
  TokenAuthenticators by_token_;
  ssh::KeyLimits limits_;
  std::unique_ptr<authn::UsersEnrolment> enrolment_;
  std::vector<std::unique_ptr<authn::Authenticator>> all_;
  std::vector<UsersFile> users_;
  std::vector<server::TokenIssuer> token_issuers_;
};

}  // namespace mayfly

#endif  // MAYFLY_CA_AUTHENTICATORS_H_
