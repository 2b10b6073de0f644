// Where siblings meet: what one component declares that it needs, answered by another. A few lines
// each, no logic.
#ifndef MAYFLY_CA_ADAPTERS_H_
#define MAYFLY_CA_ADAPTERS_H_

#include "ca/authn/host_key_authenticator.h"
#include "ca/authn/join_token_authenticator.h"
#include "ca/authn/session_authenticator.h"
#include "ca/authn/ssh_key_authenticator.h"
#include "ca/ledger/ledger.h"

namespace mayfly {

// The ledger's state, as the authenticators ask for it. Thread-safe; `ledger` outlives them.

class LedgerSessions final : public authn::Sessions {
 public:
  explicit LedgerSessions(ledger::Ledger& ledger) : ledger_(ledger) {}
  absl::StatusOr<authn::Session> Find(const ssh::Fingerprint& key) const override;

 private:
  ledger::Ledger& ledger_;
};

class LedgerJoinTokens final : public authn::JoinTokens {
 public:
  explicit LedgerJoinTokens(ledger::Ledger& ledger) : ledger_(ledger) {}
  absl::StatusOr<authn::JoinToken> Find(const ssh::Fingerprint& key) const override;

 private:
  ledger::Ledger& ledger_;
};

class LedgerHosts final : public authn::Hosts {
 public:
  explicit LedgerHosts(ledger::Ledger& ledger) : ledger_(ledger) {}
  absl::StatusOr<authn::EnrolledHost> FindByKey(const ssh::Fingerprint& key) const override;

 private:
  ledger::Ledger& ledger_;
};

class LedgerKeys final : public authn::CertifiedKeys {
 public:
  explicit LedgerKeys(ledger::Ledger& ledger) : ledger_(ledger) {}
  absl::StatusOr<std::string> Owner(const ssh::Fingerprint& key) const override;

 private:
  ledger::Ledger& ledger_;
};

}  // namespace mayfly

#endif  // MAYFLY_CA_ADAPTERS_H_
