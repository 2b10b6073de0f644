#include "client/login/login.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/model/login_nonce.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/login/caller.h"
#include "client/login/chosen_ca.h"
#include "client/login/delivery.h"
#include "client/login/destinations.h"
#include "client/login/identity_keys.h"
#include "client/login/remembered_login.h"
#include "client/login/session_store.h"
#include "client/login/token_proof.h"
#include "client/login/who_am_i.h"
#include "client/request/waiting.h"
#include "fmt/format.h"
#include "ssh/private_key.h"

namespace mayfly::client {
namespace {

KeySigner SignerOf(const std::shared_ptr<const ssh::PrivateKey>& key) {
  return {key->public_key(), [key](BytesView message) { return key->Sign(message); }};
}

absl::StatusOr<std::shared_ptr<const ssh::PrivateKey>> MakeKey(const Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::PrivateKey key,
                          ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, context.random));
  return std::make_shared<const ssh::PrivateKey>(std::move(key));
}

bool WasNotAccepted(const absl::Status& status) {
  return !status.ok() && ExitCodeOf(status) == ExitCode::kNotAuthenticated;
}

// Starts a session by one key.
absl::StatusOr<StoredSession> StartBy(const Context& context, Caller& caller,
                                      const LoginOptions& options, const IdentityKey& identity) {
  MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const ssh::PrivateKey> key, MakeKey(context));
  caller.Use({v1::CREDENTIAL_KIND_SSH_KEY, options.authenticator, identity.signer, {}});
  v1::CallDocument document;
  document.mutable_start_session()->set_session_key(ToText(key->public_key().blob()));
  MAYFLY_ASSIGN_OR_RETURN(const v1::StartSessionResponse response,
                          caller.Call(&CaClient::StartSession, document, {SignerOf(key)}));
  return StoredSession{key, response.subject(), response.username(), FromProto(response.ends_at())};
}

// A workload's session may have nowhere to be kept: it then lasts as long as the command.
bool KeepsSessions(const Context& context) {
  return !HasWorkloadToken(context) || !context.environment("XDG_RUNTIME_DIR").empty();
}

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
  for (const auto& key : keys) signers.push_back(SignerOf(key));
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
    const Context& context, Caller& caller, const std::vector<v1::LoginMethod>& methods) {
  constexpr absl::Duration kJustNow = absl::Minutes(1);
  if (!Recall(caller.ca_id()).ok()) return std::optional<StoredSession>();
  // A provider that sees a refresh token twice takes all of them back: one at a time, and whoever
  // waited finds what the other has brought.
  MAYFLY_ASSIGN_OR_RETURN(const FileDescriptor lock, LockSessions(context, caller.ca_id()));
  if (KeepsSessions(context)) {
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
    MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const ssh::PrivateKey> key, MakeKey(context));
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

absl::Status CheckCanRemember(const std::string& ca_id) {
  const absl::Status status = Recall(ca_id).status();
  if (!absl::IsUnavailable(status)) return absl::OkStatus();
  return Failure(ExitCode::kLocal,
                 fmt::format("a sign-in is remembered in the kernel's keyring only, and there is "
                             "none here: {}",
                             Message(status)),
                 "leave --remember out");
}

// Starts a session by a token: a workload's where there is one, else an identity provider's.
// nullopt when the CA takes neither.
absl::StatusOr<std::optional<StoredSession>> StartByToken(const Context& context, Caller& caller,
                                                          const LoginOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(std::vector<v1::LoginMethod> methods, caller.LoginMethods());
  if (!options.authenticator.empty()) {
    std::erase_if(methods, [&](const v1::LoginMethod& method) {
      return method.authenticator() != options.authenticator;
    });
  }
  MAYFLY_ASSIGN_OR_RETURN(std::optional<TokenProof> proof, FindWorkloadToken(context, methods));
  if (!proof && !options.fresh && !options.remember && !options.anew) {
    MAYFLY_ASSIGN_OR_RETURN(std::optional<StoredSession> session,
                            StartByRemembered(context, caller, methods));
    if (session) return session;
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const ssh::PrivateKey> key, MakeKey(context));
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

// Starts a session by the client certificate of the connection.
absl::StatusOr<StoredSession> StartByCertificate(const Context& context, Caller& caller,
                                                 const LoginOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const ssh::PrivateKey> key, MakeKey(context));
  caller.Use({v1::CREDENTIAL_KIND_MTLS, options.authenticator, std::nullopt, {}});
  v1::CallDocument document;
  document.mutable_start_session()->set_session_key(ToText(key->public_key().blob()));
  MAYFLY_ASSIGN_OR_RETURN(const v1::StartSessionResponse response,
                          caller.Call(&CaClient::StartSession, document, {SignerOf(key)}));
  StoredSession session{key, response.subject(), response.username(),
                        FromProto(response.ends_at())};
  MAYFLY_RETURN_IF_ERROR(SaveSession(context, caller.ca_id(), session));
  context.Say(fmt::format("logged in as {} by {}, until {}", EscapeForTerminal(session.subject),
                          EscapeForTerminal(options.tls.certificate), TimeText(session.ends_at)));
  return session;
}

absl::StatusOr<std::vector<IdentityKey>> IdentitiesToTry(const Context& context,
                                                         const LoginOptions& options) {
  if (!options.identity.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(IdentityKey identity, KeyOfFile(context, options.identity));
    return std::vector<IdentityKey>{std::move(identity)};
  }
  std::vector<IdentityKey> identities = LikelyKeys(context);
  if (identities.empty()) {
    return Failure(ExitCode::kNotAuthenticated, "you have no SSH key to log in with",
                   "make one with ssh-keygen -t ed25519, have an operator enroll its .pub, or give "
                   "--identity FILE");
  }
  return identities;
}

std::string NoKeyKnown(size_t tried) {
  return fmt::format(
      "the CA knows none of the {} key{} tried; ask an operator to enroll yours, or give "
      "--identity FILE",
      tried, tried == 1 ? "" : "s");
}

absl::StatusOr<StoredSession> StartSession(const Context& context, Caller& caller,
                                           const LoginOptions& options) {
  if (!options.tls.empty()) return StartByCertificate(context, caller, options);
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
    absl::StatusOr<StoredSession> session = StartBy(context, caller, options, identity);
    if (session.ok()) {
      MAYFLY_RETURN_IF_ERROR(SaveSession(context, caller.ca_id(), *session));
      context.Say(fmt::format("logged in as {} by {}, until {}",
                              EscapeForTerminal(session->subject), identity.origin,
                              TimeText(session->ends_at)));
      return session;
    }
    if (!WasNotAccepted(session.status())) return session.status();
    last = session.status();
  }
  return WithHint(last, NoKeyKnown(identities.size()));
}

// Uses the stored session, or logs in.
absl::Status Authenticate(const Context& context, Caller& caller, const LoginOptions& options) {
  if (caller.is_local()) return absl::OkStatus();
  // A session does not say which authenticator proved it, so whoever names one logs in by it.
  if (!options.fresh && !options.remember && options.identity.empty() && options.tls.empty() &&
      options.authenticator.empty() && KeepsSessions(context)) {
    absl::StatusOr<StoredSession> stored = LoadSession(context, caller.ca_id());
    if (stored.ok()) {
      caller.Use({v1::CREDENTIAL_KIND_SESSION, "", SignerOf(stored->key), {}});
      return absl::OkStatus();
    }
    if (!WasNotAccepted(stored.status())) return stored.status();
  }
  MAYFLY_ASSIGN_OR_RETURN(const StoredSession session, StartSession(context, caller, options));
  caller.Use({v1::CREDENTIAL_KIND_SESSION, "", SignerOf(session.key), {}});
  return absl::OkStatus();
}

// Of what the options say about how to prove who one is.
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

struct Issued {
  ssh::Certificate certificate;
  v1::Decision decision;
};

// `approved`: the number of the filed request that this carries out; 0 = none. Sets `*filed` and
// answers kUnavailable when the request waits for approval.
absl::StatusOr<Issued> Issue(Caller& caller, const AskOptions& options, const KeySigner& key,
                             uint64_t approved, std::optional<v1::FiledRequest>* filed) {
  v1::CallDocument document;
  document.mutable_issue_user()->set_public_key(ToText(key.key.blob()));
  MAYFLY_ASSIGN_OR_RETURN(*document.mutable_issue_user()->mutable_ask(), ToProto(options));
  document.mutable_issue_user()->mutable_ask()->set_approved(approved);
  MAYFLY_ASSIGN_OR_RETURN(const v1::IssueUserResponse response,
                          caller.Call(&CaClient::IssueUser, document, {key}));
  if (response.has_filed()) {
    *filed = response.filed();
    return Unavailable("the request waits for approval");
  }
  MAYFLY_ASSIGN_OR_RETURN(ssh::Certificate certificate,
                          ssh::Certificate::Parse(AsBytes(response.certificate().certificate())));
  MAYFLY_RETURN_IF_ERROR(certificate.VerifySignature());
  if (certificate.body.key != key.key || certificate.body.kind != ssh::CertificateKind::kUser) {
    return Internal("the CA answered with a certificate that was not asked for");
  }
  return Issued{std::move(certificate), response.decision()};
}

bool NeedsFreshLogin(const absl::Status& status) {
  const std::optional<v1::ErrorDetail> detail = DetailOf(status);
  return detail && detail->needs_fresh_login();
}

// Issues; when the CA no longer knows the stored session, or a grant wants a newer login than it
// has, logs in anew and asks once more.
absl::StatusOr<Issued> IssueOnce(const Context& context, Caller& caller,
                                 const LoginOptions& options, const KeySigner& key,
                                 uint64_t approved, std::optional<v1::FiledRequest>* filed) {
  absl::StatusOr<Issued> issued = Issue(caller, options.ask, key, approved, filed);
  if (issued.ok() || *filed || caller.is_local()) return issued;
  const bool stale = NeedsFreshLogin(issued.status());
  if (!stale && !WasNotAccepted(issued.status())) return issued;
  // That was a new session already; but one may have grown old while somebody approved.
  if ((options.fresh || !options.identity.empty() || !options.tls.empty()) && approved == 0) {
    return issued;
  }
  context.Say(stale ? "this needs a fresh login; logging in again"
                    : "the CA no longer knows your session; logging in again");
  LoginOptions again = options;
  again.anew = stale;
  MAYFLY_ASSIGN_OR_RETURN(const StoredSession session, StartSession(context, caller, again));
  caller.Use({v1::CREDENTIAL_KIND_SESSION, "", SignerOf(session.key), {}});
  return Issue(caller, options.ask, key, approved, filed);
}

// Issues; when the request waits for approval, waits too and then has it carried out.
absl::StatusOr<Issued> IssueAgain(const Context& context, Caller& caller,
                                  const LoginOptions& options, const KeySigner& key) {
  std::optional<v1::FiledRequest> filed;
  absl::StatusOr<Issued> issued = IssueOnce(context, caller, options, key, 0, &filed);
  if (!filed) return issued;
  MAYFLY_RETURN_IF_ERROR(options.no_wait ? CheckApproval(context, caller, filed->number())
                                         : AwaitApproval(context, caller, *filed));
  const uint64_t number = filed->number();
  filed.reset();
  issued = IssueOnce(context, caller, options, key, number, &filed);
  if (!filed) return issued;
  return Failure(ExitCode::kDenied,
                 fmt::format("request {} was approved, but no longer suffices: the policy has "
                             "changed meanwhile, or its approval was used",
                             number),
                 fmt::format("request {} waits now", filed->number()));
}

void Report(const Context& context, const Issued& issued, const std::string& where,
            const std::string& next) {
  if (context.json) {
    nlohmann::ordered_json json = CertificateJson(issued.certificate);
    json["grant"] = issued.decision.terms().grant();
    json["where"] = where;
    PrintJson(context, json);
    return;
  }
  const ssh::CertificateBody& body = issued.certificate.body;
  std::string principals;
  for (const std::string& principal : body.principals) {
    principals += (principals.empty() ? "" : ", ") + EscapeForTerminal(principal);
  }
  context.out << fmt::format(
      "certificate {} by grant {}\n  opens        {}\n  until        {} ({})\n  in           {}\n",
      body.serial.value, EscapeForTerminal(issued.decision.terms().grant()), principals,
      TimeText(body.valid_before()), Relative(body.valid_before(), context.clock.Now()), where);
  if (!context.quiet) context.Hint(next);
}

// Long enough for a login to come through: what ends sooner is as good as none.
constexpr absl::Duration kAboutToEnd = absl::Minutes(1);

absl::StatusOr<bool> HoldsValidCertificate(const Context& context,
                                           const std::vector<ssh::PublicKey>& user_cas) {
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ssh::Certificate> held,
                          AgentCertificates(context, user_cas));
  const absl::Time now = context.clock.Now();
  return std::ranges::any_of(held, [&](const ssh::Certificate& certificate) {
    return certificate.body.valid_after() <= now &&
           now + kAboutToEnd < certificate.body.valid_before();
  });
}

// A pipeline has no agent: its certificate goes where ssh looks by itself, unless somebody else's
// key is there.
absl::StatusOr<LoginOptions> ForWorkload(const Context& context, LoginOptions options) {
  if (!HasWorkloadToken(context) || !options.out.empty() || !options.key.empty() ||
      options.if_needed || !context.environment("SSH_AUTH_SOCK").empty()) {
    return options;
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::string home, context.HomeDirectory());
  const std::string folder = JoinPath(home, ".ssh");
  MAYFLY_RETURN_IF_ERROR(MakeDirectories(folder, 0700));
  options.out = JoinPath(folder, "id_ed25519");
  return options;
}

absl::Status RunLogin(const Context& context, const LoginOptions& given) {
  MAYFLY_ASSIGN_OR_RETURN(const LoginOptions options, ForWorkload(context, given));
  if (!options.out.empty() && !options.key.empty()) {
    return Failure(ExitCode::kUsage, "--out and --key contradict each other");
  }
  MAYFLY_RETURN_IF_ERROR(CheckProof(options));
  if (options.if_needed && (!options.out.empty() || !options.key.empty() || context.local)) {
    return Failure(ExitCode::kUsage,
                   "--if-needed looks at the agent, so it goes without --out, --key and --local");
  }
  const bool into_agent = options.out.empty() && options.key.empty() && !context.local;
  if (!into_agent && (options.confirm || !options.only_to.empty())) {
    return Failure(ExitCode::kUsage,
                   "--confirm and --only-to are kept by an agent, and this login uses none");
  }
  std::vector<ssh::PublicKey> user_cas;
  ssh::AgentConstraints constraints;
  if (!context.local) {
    MAYFLY_ASSIGN_OR_RETURN(const TrustedCa trusted, ChosenCa(context));
    user_cas = trusted.user_cas;
    constraints.confirm = options.confirm;
    MAYFLY_ASSIGN_OR_RETURN(constraints.destinations,
                            ParseDestinations(options.only_to, trusted.host_cas));
  }
  if (options.if_needed) {
    MAYFLY_ASSIGN_OR_RETURN(const bool has_one, HoldsValidCertificate(context, user_cas));
    if (has_one) {
      context.Say("the agent holds a valid certificate; nothing to do");
      return absl::OkStatus();
    }
  }
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::Connect(context, options.tls));
  MAYFLY_RETURN_IF_ERROR(Authenticate(context, caller, options));

  if (!options.key.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(const IdentityKey own, KeyOfFile(context, options.key));
    std::string path = options.key;
    if (path.ends_with(".pub")) path.resize(path.size() - 4);
    MAYFLY_RETURN_IF_ERROR(CheckMayWrite(path, /*with_key=*/false, user_cas));
    path += "-cert.pub";
    MAYFLY_ASSIGN_OR_RETURN(const Issued issued, IssueAgain(context, caller, options, own.signer));
    MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(
        path, issued.certificate.Line(issued.certificate.body.key_id) + "\n", 0644));
    Report(context, issued, path, "ssh finds it beside the key: ssh -i KEY HOST");
    return absl::OkStatus();
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::shared_ptr<const ssh::PrivateKey> key, MakeKey(context));
  if (!options.out.empty()) {
    MAYFLY_RETURN_IF_ERROR(CheckMayWrite(options.out, /*with_key=*/true, user_cas));
  }
  MAYFLY_ASSIGN_OR_RETURN(const Issued issued, IssueAgain(context, caller, options, SignerOf(key)));
  const std::string comment =
      fmt::format("{} mayfly {}", issued.certificate.body.key_id, caller.ca_name());
  if (!options.out.empty()) {
    MAYFLY_RETURN_IF_ERROR(
        WriteKeyAndCertificate(context, options.out, *key, issued.certificate, user_cas, comment));
    Report(context, issued, options.out, fmt::format("ssh -i {} HOST", options.out));
    return absl::OkStatus();
  }
  if (user_cas.empty()) {
    return Failure(ExitCode::kUsage, "--local needs --out FILE or --key FILE");
  }
  MAYFLY_RETURN_IF_ERROR(
      AddToAgent(context, *key, issued.certificate, user_cas, comment, constraints));
  if (!constraints.destinations.empty() && !context.environment("SSH_CONNECTION").empty()) {
    context.Say(
        "a forwarded agent counts destinations from the machine it runs on: from here it opens "
        "only what --only-to 'THIS-HOST>HOST' names");
  }
  Report(context, issued, "your ssh-agent", "now: ssh HOST");
  return absl::OkStatus();
}

absl::Status RunLogout(const Context& context) {
  if (context.local) return Failure(ExitCode::kUsage, "--local has no session to end");
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa trusted, ChosenCa(context));
  MAYFLY_RETURN_IF_ERROR(Forget(trusted.record.ca_id.text));  // First: it needs no CA.
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

// Who the CA would take the caller for: by the stored session, else by the first key that it knows.
absl::StatusOr<v1::WhoAmIResponse> Recognise(const Context& context, Caller& caller,
                                             const LoginOptions& options) {
  if (caller.is_local()) return AskWhoAmI(caller);
  if (!options.fresh && options.identity.empty() && options.tls.empty()) {
    absl::StatusOr<StoredSession> stored = LoadSession(context, caller.ca_id());
    if (stored.ok()) {
      caller.Use({v1::CREDENTIAL_KIND_SESSION, "", SignerOf(stored->key), {}});
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

absl::StatusOr<ExitCode> RunDryLogin(const Context& context, const LoginOptions& options) {
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

}  // namespace

ExitCode Login(const Context& context, const LoginOptions& options) {
  if (options.dry_run) return context.Finish(RunDryLogin(context, options));
  return context.Finish(RunLogin(context, options));
}
ExitCode Logout(const Context& context) { return context.Finish(RunLogout(context)); }

}  // namespace mayfly::client
