#include "base/status.h"
#include "client/login/caller.h"
#include "client/login/chosen_ca.h"
#include "client/login/delivery.h"
#include "client/login/login.h"
#include "client/login/remembered_login.h"
#include "client/login/session_key.h"
#include "client/login/session_store.h"
#include "client/login/token_key.h"

namespace mayfly::client {
namespace {

absl::Status RunLogout(const Context& context) {
  if (context.local) return Failure(ExitCode::kUsage, "--local has no session to end");
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa trusted, ChosenCa(context));
  MAYFLY_RETURN_IF_ERROR(Forget(trusted.record.ca_id.text));  // First: it needs no CA.
  MAYFLY_RETURN_IF_ERROR(DropTokenKeys(context, trusted.record.ca_id.text));
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
  MAYFLY_RETURN_IF_ERROR(RemoveSession(context, trusted.record.ca_id.text));
  if (!context.environment("SSH_AUTH_SOCK").empty()) {
    MAYFLY_RETURN_IF_ERROR(RemoveFromAgent(context, trusted.user_cas));
  }
  context.Say("logged out: the session has ended and the agent holds no certificate of this CA");
  return absl::OkStatus();
}

}  // namespace

ExitCode Logout(const Context& context) { return context.Finish(RunLogout(context)); }

}  // namespace mayfly::client
