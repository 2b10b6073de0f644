#include "client/login/start_session.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"
#include "client/login/session_key.h"
#include "client/login/token_session.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// Starts a session by what `credential` proves.
absl::StatusOr<StoredSession> StartBy(const Context& context, Caller& caller,
                                      Credential credential) {
  MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const ssh::PrivateKey> key,
                          MakeSessionKey(context));
  caller.Use(std::move(credential));
  v1::CallDocument document;
  document.mutable_start_session()->set_session_key(ToText(key->public_key().blob()));
  MAYFLY_ASSIGN_OR_RETURN(const v1::StartSessionResponse response,
                          caller.Call(&CaClient::StartSession, document, {SignerFor(key)}));
  return StoredSession{key, response.subject(), response.username(), FromProto(response.ends_at())};
}

// Stores a session that was started, and tells of it.
absl::StatusOr<StoredSession> Keep(const Context& context, const Caller& caller,
                                   StoredSession session, const std::string& origin) {
  MAYFLY_RETURN_IF_ERROR(SaveSession(context, caller.ca_id(), session));
  context.Say(fmt::format("logged in as {} by {}, until {}", EscapeForTerminal(session.subject),
                          origin, TimeText(session.ends_at)));
  return session;
}

}  // namespace

absl::Status CheckProof(const LoginOptions& options) {
  if ((options.remember || options.no_browser) &&
      (!options.identity.empty() || !options.tls.empty())) {
    return Failure(ExitCode::kUsage,
                   "--remember and --no-browser are for signing in at an identity provider, and "
                   "this login takes a key or a certificate",
                   "leave them out, or leave out --identity and --tls-cert");
  }
  return options.tls.empty() ? absl::OkStatus() : CheckClientCertificate(options.tls);
}

absl::StatusOr<std::vector<IdentityKey>> IdentitiesToTry(const Context& context,
                                                         const LoginOptions& options) {
  if (!options.identity.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(IdentityKey identity, KeyOfFile(context, options.identity));
    return std::vector<IdentityKey>{std::move(identity)};
  }
  return LikelyKeys(context);
}

std::string NoKeyKnown(size_t tried) {
  return fmt::format(
      "the CA knows none of the {} key{} tried; ask an operator to enroll yours, or give "
      "--identity FILE",
      tried, tried == 1 ? "" : "s");
}

absl::StatusOr<StoredSession> StartSession(const Context& context, Caller& caller,
                                           const LoginOptions& options) {
  if (!options.tls.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(
        StoredSession session,
        StartBy(context, caller,
                {v1::CREDENTIAL_KIND_MTLS, options.authenticator, std::nullopt, {}}));
    return Keep(context, caller, std::move(session), EscapeForTerminal(options.tls.certificate));
  }
  if (options.identity.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(std::optional<StoredSession> session,
                            StartByToken(context, caller, options));
    if (session) return *std::move(session);
    if (options.no_browser || options.remember) {
      return Failure(ExitCode::kUsage, "this CA has no identity provider to sign in at",
                     "leave --no-browser and --remember out: it takes your SSH key");
    }
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<IdentityKey> identities,
                          IdentitiesToTry(context, options));
  absl::Status last;
  for (const IdentityKey& identity : identities) {
    absl::StatusOr<StoredSession> session = StartBy(
        context, caller, {v1::CREDENTIAL_KIND_SSH_KEY, options.authenticator, identity.signer, {}});
    if (session.ok()) return Keep(context, caller, *std::move(session), identity.origin);
    if (!WasNotAccepted(session.status())) return session.status();
    last = session.status();
  }
  return WithHint(last, NoKeyKnown(identities.size()));
}

absl::Status Authenticate(const Context& context, Caller& caller, const LoginOptions& options) {
  if (caller.is_local()) return absl::OkStatus();
  // A session does not say which authenticator proved it, so whoever names one logs in by it.
  if (!options.fresh && !options.remember && options.identity.empty() && options.tls.empty() &&
      options.authenticator.empty() && KeepsSessions(context)) {
    absl::StatusOr<StoredSession> stored = LoadSession(context, caller.ca_id());
    if (stored.ok()) {
      caller.Use({v1::CREDENTIAL_KIND_SESSION, "", SignerFor(stored->key), {}});
      return absl::OkStatus();
    }
    if (!WasNotAccepted(stored.status())) return stored.status();
  }
  MAYFLY_ASSIGN_OR_RETURN(const StoredSession session, StartSession(context, caller, options));
  caller.Use({v1::CREDENTIAL_KIND_SESSION, "", SignerFor(session.key), {}});
  return absl::OkStatus();
}

}  // namespace mayfly::client
