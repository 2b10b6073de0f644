#include "ca/adapters.h"

#include "base/status.h"

namespace mayfly {

absl::StatusOr<authn::Session> LedgerSessions::Find(const ssh::Fingerprint& key) const {
  MAYFLY_ASSIGN_OR_RETURN(const ledger::SessionState state, ledger_.FindSession(key));
  return authn::Session{state.record.identity, state.record.ends_at, state.ended_at.has_value()};
}

absl::StatusOr<authn::JoinToken> LedgerJoinTokens::Find(const ssh::Fingerprint& key) const {
  MAYFLY_ASSIGN_OR_RETURN(const ledger::JoinTokenState state, ledger_.FindJoinToken(key));
  return authn::JoinToken{state.record.authenticator, state.record.expires_at,
                          state.record.name_pattern, state.record.labels, state.record.networks};
}

absl::StatusOr<authn::EnrolledHost> LedgerHosts::FindByKey(const ssh::Fingerprint& key) const {
  MAYFLY_ASSIGN_OR_RETURN(const ledger::HostState state, ledger_.FindHostByKey(key));
  // The ledger answers with records that stand; a retired host's keys are not found.
  return authn::EnrolledHost{state.host, state.labels, state.authenticator, state.enrolled_at,
                             /*retired=*/false};
}

absl::StatusOr<std::string> LedgerKeys::Owner(const ssh::Fingerprint& key) const {
  return ledger_.KeyOwner(key);
}

}  // namespace mayfly
