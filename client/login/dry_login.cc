#include "client/login/dry_login.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/status.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/login/caller.h"
#include "client/login/session_key.h"
#include "client/login/session_store.h"
#include "client/login/start_session.h"
#include "client/login/token_proof.h"
#include "client/login/who_am_i.h"

namespace mayfly::client {
namespace {

// Who the CA would take the caller for: by the stored session, else by the first key that it knows.
absl::StatusOr<v1::WhoAmIResponse> Recognise(const Context& context, Caller& caller,
                                             const LoginOptions& options) {
  if (caller.is_local()) return AskWhoAmI(caller);
  if (!options.fresh && options.authenticator.empty() && options.identity.empty() &&
      options.tls.empty()) {
    absl::StatusOr<StoredSession> stored = LoadSession(context, caller.ca_id());
    if (stored.ok()) {
      caller.Use({v1::CREDENTIAL_KIND_SESSION, "", SignerFor(stored->key), {}});
      absl::StatusOr<v1::WhoAmIResponse> who = AskWhoAmI(caller);
      if (who.ok() || !WasNotAccepted(who.status())) return who;
    }
  }
  if (!options.tls.empty()) {
    caller.Use({v1::CREDENTIAL_KIND_MTLS, options.authenticator, std::nullopt, {}});
    return AskWhoAmI(caller);
  }
  // A token is used once, and only to log in: without a session there is nothing to ask by.
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<v1::LoginMethod> methods, caller.LoginMethods());
  const bool by_token =
      HasWorkloadToken(context) || std::ranges::any_of(methods, [](const v1::LoginMethod& method) {
        return method.kind() == "oidc";
      });
  if (options.identity.empty() && by_token) {
    return Failure(ExitCode::kNotAuthenticated,
                   "this CA takes logins by an identity provider, and you have not logged in",
                   "mayfly login first: a dry run then asks by your session; or give --identity");
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<IdentityKey> identities,
                          IdentitiesToTry(context, options));
  absl::Status last;
  for (const IdentityKey& identity : identities) {
    caller.Use({v1::CREDENTIAL_KIND_SSH_KEY, options.authenticator, identity.signer, {}});
    absl::StatusOr<v1::WhoAmIResponse> who = AskWhoAmI(caller);
    if (who.ok() || !WasNotAccepted(who.status())) return who;
    last = who.status();
  }
  return WithHint(last, NoKeyKnown(identities.size()));
}

}  // namespace

absl::StatusOr<ExitCode> DryLogin(const Context& context, const LoginOptions& options) {
  MAYFLY_RETURN_IF_ERROR(CheckProof(options));
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::Connect(context, options.tls));
  MAYFLY_ASSIGN_OR_RETURN(const v1::WhoAmIResponse who, Recognise(context, caller, options));
  v1::CallDocument document;
  MAYFLY_ASSIGN_OR_RETURN(*document.mutable_explain_user()->mutable_ask(), ToProto(options.ask));
  MAYFLY_ASSIGN_OR_RETURN(const v1::ExplainUserResponse response,
                          caller.Call(&CaClient::ExplainUser, document));
  if (context.json) {
    PrintJson(context,
              {{"identity", WhoAmIJson(who)}, {"decision", DecisionJson(response.decision())}});
  } else {
    PrintWhoAmI(context, who);
    PrintDecision(context, response.decision());
    context.Say("a dry run: no session was started and nothing was issued");
  }
  return response.decision().granted() ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace mayfly::client
