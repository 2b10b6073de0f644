#include "client/login/token_session.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/model/login_nonce.h"
#include "client/failure.h"
#include "client/login/remembered_login.h"
#include "client/login/session_key.h"
#include "client/login/token_key.h"
#include "client/login/token_proof.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// Starts a session by a token. `keys`: of the session, and of the sign-in where it is remembered.
absl::StatusOr<StoredSession> StartWith(
    const Context& context, Caller& caller, const TokenProof& proof, const Bytes& seed,
    const std::vector<std::shared_ptr<const ssh::PrivateKey>>& keys) {
  caller.Use(proof.credential);
  v1::CallDocument document;
  document.mutable_start_session()->set_session_key(ToText(keys.front()->public_key().blob()));
  if (proof.credential.kind == v1::CREDENTIAL_KIND_OIDC) {
    document.mutable_start_session()->set_nonce_seed(ToText(seed));
  }
  std::vector<KeySigner> signers;
  for (const auto& key : keys) signers.push_back(SignerFor(key));
  absl::StatusOr<v1::StartSessionResponse> response =
      caller.Call(&CaClient::StartSession, document, signers);
  if (!response.ok()) {
    return WithHint(response.status(),
                    fmt::format("the CA did not take {}; its log says why", proof.origin));
  }
  StoredSession session{keys.front(), response->subject(), response->username(),
                        FromProto(response->ends_at())};
  if (KeepsSessions(context)) {
    MAYFLY_RETURN_IF_ERROR(SaveSession(context, caller.ca_id(), session));
  }
  context.Say(fmt::format("logged in as {} by {}, until {}", EscapeForTerminal(session.subject),
                          proof.origin, TimeText(session.ends_at)));
  return session;
}

// Starts a session by a sign-in that is remembered; nullopt when there is none. One that is no
// longer taken is forgotten.
absl::StatusOr<std::optional<StoredSession>> StartByRemembered(
    const Context& context, Caller& caller, const LoginOptions& options,
    const std::vector<v1::LoginMethod>& methods) {
  constexpr absl::Duration kJustNow = absl::Minutes(1);
  if (!Recall(caller.ca_id()).ok()) return std::optional<StoredSession>();
  // A provider that sees a refresh token twice takes all of them back: one at a time, and whoever
  // waited finds what the other has brought.
  MAYFLY_ASSIGN_OR_RETURN(const FileDescriptor lock, LockSessions(context, caller.ca_id()));
  if (options.authenticator.empty() && KeepsSessions(context)) {
    absl::StatusOr<StoredSession> other = LoadSession(context, caller.ca_id());
    if (other.ok() && absl::Now() - other->saved_at < kJustNow) {
      return std::optional<StoredSession>(*std::move(other));
    }
  }
  absl::StatusOr<RememberedLogin> login = Recall(caller.ca_id());
  if (!login.ok()) return std::optional<StoredSession>();
  absl::StatusOr<std::optional<TokenProof>> proof =
      RenewLogin(methods, login->authenticator, login->refresh_token);
  absl::Status refused = proof.status();
  if (proof.ok()) {
    if (!*proof) return std::optional<StoredSession>();
    (*proof)->origin += ", as remembered";
    // At once: the token of before may be spent.
    login->refresh_token = (*proof)->refresh_token;
    MAYFLY_RETURN_IF_ERROR(Remember(caller.ca_id(), *login, context.random));
    MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const ssh::PrivateKey> key,
                            MakeSessionKey(context));
    absl::StatusOr<StoredSession> session =
        StartWith(context, caller, **proof, login->seed, {key, login->key});
    if (session.ok()) return std::optional<StoredSession>(*std::move(session));
    refused = session.status();
  }
  if (!WasNotAccepted(refused)) return refused;
  MAYFLY_RETURN_IF_ERROR(Forget(caller.ca_id()));
  context.Say(fmt::format("what was remembered of your sign-in is not taken any more: {}",
                          EscapeForTerminal(Message(refused))));
  return std::optional<StoredSession>();
}

// Starts a session by a workload's token that may have started one before.
absl::StatusOr<StoredSession> StartByWorkload(const Context& context, Caller& caller,
                                              const TokenProof& proof) {
  const std::string& token = proof.credential.bearer;
  // Where nothing can be kept, as in a container that is read-only, each login is the first.
  const absl::StatusOr<FileDescriptor> lock = LockTokenKeys(context, caller.ca_id());
  absl::StatusOr<std::shared_ptr<const ssh::PrivateKey>> key =
      RecallTokenKey(context, caller.ca_id(), token);
  const bool is_new = !key.ok();
  if (is_new) key = MakeSessionKey(context);
  if (!key.ok()) return key.status();
  if (is_new && lock.ok()) {
    // Before the CA hears of it: an answer that is lost has bound the token all the same.
    const absl::Status kept = KeepTokenKey(context, caller.ca_id(), token, **key);
    if (!kept.ok()) {
      context.Say(
          fmt::format("the key of this login is not kept, and the token may be bound to it: {}",
                      EscapeForTerminal(Message(kept))));
    }
  }
  return StartWith(context, caller, proof, {}, {*key});
}

absl::Status CheckCanRemember(const std::string& ca_id) {
  const absl::Status status = Recall(ca_id).status();
  if (!absl::IsUnavailable(status)) return absl::OkStatus();
  return Failure(ExitCode::kLocal,
                 fmt::format("a sign-in is remembered in the kernel's keyring only, and there is "
                             "none here: {}",
                             Message(status)),
                 "leave --remember out");
}

}  // namespace

bool KeepsSessions(const Context& context) {
  return !HasWorkloadToken(context) || !context.environment("XDG_RUNTIME_DIR").empty();
}

absl::StatusOr<std::optional<StoredSession>> StartByToken(const Context& context, Caller& caller,
                                                          const LoginOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(std::vector<v1::LoginMethod> methods, caller.LoginMethods());
  if (!options.authenticator.empty()) {
    std::erase_if(methods, [&](const v1::LoginMethod& method) {
      return method.authenticator() != options.authenticator;
    });
  }
  MAYFLY_ASSIGN_OR_RETURN(std::optional<TokenProof> proof, FindWorkloadToken(context, methods));
  if (proof && proof->comes_again) return StartByWorkload(context, caller, *proof);
  if (!proof && !options.fresh && !options.remember && !options.anew) {
    MAYFLY_ASSIGN_OR_RETURN(std::optional<StoredSession> session,
                            StartByRemembered(context, caller, options, methods));
    if (session) return session;
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const ssh::PrivateKey> key,
                          MakeSessionKey(context));
  const Bytes seed = context.random.Take(model::kNonceSeedSize);
  if (!proof) {
    if (options.remember) MAYFLY_RETURN_IF_ERROR(CheckCanRemember(caller.ca_id()));
    MAYFLY_ASSIGN_OR_RETURN(
        proof,
        LogInByProvider(context, methods,
                        {model::LoginNonce(key->public_key().blob(), seed), options.no_browser,
                         options.anew || options.fresh, options.remember}));
  }
  if (!proof) return std::optional<StoredSession>();
  MAYFLY_ASSIGN_OR_RETURN(StoredSession session, StartWith(context, caller, *proof, seed, {key}));
  if (options.remember && proof->refresh_token.empty()) {
    context.Say("the identity provider gave no refresh token, so the sign-in is not remembered");
  } else if (options.remember) {
    const RememberedLogin login{proof->credential.authenticator, proof->refresh_token, seed, key};
    MAYFLY_RETURN_IF_ERROR(Remember(caller.ca_id(), login, context.random));
    context.Say("the sign-in is remembered in the kernel's keyring until mayfly logout");
  }
  return std::optional<StoredSession>(std::move(session));
}

}  // namespace mayfly::client
