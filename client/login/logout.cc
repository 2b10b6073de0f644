#include <string>

#include "base/status.h"
#include "client/login/caller.h"
#include "client/login/chosen_ca.h"
#include "client/login/delivery.h"
#include "client/login/login.h"
#include "client/login/remembered_login.h"
#include "client/login/session_key.h"
#include "client/login/session_store.h"
#include "client/login/token_key.h"
#include "client/login/token_session.h"

namespace mayfly::client {
namespace {

// At the CA first, which may know it no longer.
absl::Status EndStoredSession(const Context& context, const std::string& ca_id) {
  absl::StatusOr<Caller> caller = Caller::ConnectAsSession(context);
  if (caller.ok()) {
    v1::CallDocument document;
    document.mutable_end_session();
    absl::StatusOr<v1::EndSessionResponse> ended = caller->Call(&CaClient::EndSession, document);
    // What the CA no longer knows has ended too; what could not be said must be.
    if (!ended.ok() && !WasNotAccepted(ended.status())) return ended.status();
  } else if (!WasNotAccepted(caller.status())) {
    return caller.status();
  }
  return RemoveSession(context, ca_id);
}

absl::Status RunLogout(const Context& context) {
  if (context.local) return Failure(ExitCode::kUsage, "--local has no session to end");
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa trusted, ChosenCa(context));
  const std::string& ca_id = trusted.record.ca_id.text;
  MAYFLY_RETURN_IF_ERROR(Forget(ca_id));  // First: it needs no CA.
  MAYFLY_RETURN_IF_ERROR(DropTokenKeys(context, ca_id));
  const bool keeps_sessions = KeepsSessions(context);
  if (keeps_sessions) MAYFLY_RETURN_IF_ERROR(EndStoredSession(context, ca_id));
  if (!context.environment("SSH_AUTH_SOCK").empty()) {
    MAYFLY_RETURN_IF_ERROR(RemoveFromAgent(context, trusted.user_cas));
  }
  context.Say(
      keeps_sessions
          ? "logged out: the session has ended and the agent holds no certificate of this CA"
          : "logged out: the key of this workload's session is gone");
  return absl::OkStatus();
}

}  // namespace

ExitCode Logout(const Context& context) { return context.Finish(RunLogout(context)); }

}  // namespace mayfly::client
