#include <algorithm>

#include "base/status.h"
#include "ca/server/proto_codec.h"
#include "ca/server/services.h"

namespace mayfly::server {
namespace {

constexpr char kStart[] = "/mayfly.v1.Sessions/Start";
constexpr char kEnd[] = "/mayfly.v1.Sessions/End";
constexpr char kWhoAmI[] = "/mayfly.v1.Sessions/WhoAmI";

// A session is started by a primary authentication of a person; it never extends itself.
absl::Status CheckMayStart(const model::Identity& identity) {
  if (identity.proof == model::Proof::kSession) {
    return FailedPrecondition("a session cannot start another; log in with your own key");
  }
  if (identity.subject.kind != model::SubjectKind::kUser) {
    return FailedPrecondition("only users have sessions; a host renews by its host key");
  }
  return absl::OkStatus();
}

absl::StatusOr<ledger::SessionRecord> MakeSession(ServerCore& core, const AuthenticatedCall& call) {
  if (!call.document.has_start_session()) {
    return InvalidArgument("document: no start_session parameters");
  }
  const v1::StartSession& parameters = call.document.start_session();
  MAYFLY_RETURN_IF_ERROR(CheckMayStart(call.proven.identity));
  MAYFLY_ASSIGN_OR_RETURN(const ssh::PublicKey key,
                          ServerCore::PossessedKey(call, parameters.session_key()));
  if (key.type() != ssh::KeyType::kEd25519) {
    return InvalidArgument("session_key: expected an ed25519 key");
  }
  MAYFLY_RETURN_IF_ERROR(ssh::CheckSubjectKey(key, core.options().key_limits));
  absl::Duration lifetime = core.options().max_session;
  if (parameters.has_lifetime()) {
    MAYFLY_ASSIGN_OR_RETURN(const absl::Duration asked, LifetimeFromProto(parameters.lifetime()));
    lifetime = std::min(lifetime, asked);
  }
  return ledger::SessionRecord{call.proven.identity, key,
                               std::min(core.Now() + lifetime, call.proven.identity.until)};
}

std::optional<bool> Flag(const model::Fact<bool>& fact) {
  return fact.known() ? std::optional<bool>(fact.value()) : std::nullopt;
}

// What the answer says beyond groups and times.
void FillWhoAmI(const model::Identity& identity, v1::WhoAmIResponse& response) {
  response.set_username(identity.subject.name);
  response.set_issuer(identity.issuer.empty() ? identity.authenticator : identity.issuer);
  response.set_issuer_subject(identity.issuer_subject.empty() ? identity.subject.name
                                                              : identity.issuer_subject);
  for (const auto& [name, value] : identity.claims) {
    v1::WhoAmIClaim& claim = *response.add_claims();
    claim.set_name(name);
    claim.set_known(!value.unknown());
    if (value.known()) claim.set_value(value.value());
  }
  if (const auto flag = Flag(identity.hardware)) response.set_hardware(*flag);
  if (const auto flag = Flag(identity.user_present)) response.set_user_present(*flag);
  if (const auto flag = Flag(identity.user_verified)) response.set_user_verified(*flag);
  if (identity.labels.known()) {
    response.mutable_labels()->insert(identity.labels.value().begin(),
                                      identity.labels.value().end());
  }
}

}  // namespace

grpc::ServerUnaryReactor* SessionsService::Start(grpc::CallbackServerContext* context,
                                                 const v1::SignedCall* request,
                                                 v1::StartSessionResponse* response) {
  return core_.TakeCall(context, kStart, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
                          absl::StatusOr<ledger::SessionRecord> session = MakeSession(core_, call);
                          if (!session.ok()) return core_.RefuseBadRequest(call, session.status());
                          const absl::Status recorded =
                              core_.ledger().RecordSession(call.call, *session);
                          if (absl::IsPermissionDenied(recorded)) {
                            return core_.Refuse(call, "built-in: session key", Message(recorded));
                          }
                          if (!recorded.ok()) return recorded;
                          response->set_subject(call.proven.identity.subject.ToString());
                          response->set_username(call.proven.identity.subject.name);
                          *response->mutable_ends_at() = ToProto(session->ends_at);
                          return std::nullopt;
                        });
}

grpc::ServerUnaryReactor* SessionsService::End(grpc::CallbackServerContext* context,
                                               const v1::SignedCall* request,
                                               v1::EndSessionResponse*) {
  return core_.TakeCall(
      context, kEnd, request, local_peer_,
      [this](const AuthenticatedCall& call) -> std::optional<Failure> {
        if (!call.document.has_end_session() ||
            call.proven.identity.proof != model::Proof::kSession) {
          return core_.RefuseBadRequest(
              call, InvalidArgument("expected end_session, proven by the session that is to end"));
        }
        const absl::Status status = core_.ledger().EndSession(
            call.call, call.proven.identity, ssh::Fingerprint{call.proven.identity.proof_key});
        if (!status.ok()) return status;
        return std::nullopt;
      });
}

grpc::ServerUnaryReactor* SessionsService::WhoAmI(grpc::CallbackServerContext* context,
                                                  const v1::SignedCall* request,
                                                  v1::WhoAmIResponse* response) {
  return core_.TakeCall(
      context, kWhoAmI, request, local_peer_,
      [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
        if (!call.document.has_who_am_i()) {
          return core_.RefuseBadRequest(call, InvalidArgument("document: no who_am_i parameters"));
        }
        const model::Identity& identity = call.proven.identity;
        response->set_subject(identity.subject.ToString());
        response->set_authenticator(identity.authenticator);
        response->set_proof(std::string(model::ProofName(identity.proof)));
        FillWhoAmI(identity, *response);
        response->set_groups_known(!identity.groups.unknown());
        if (identity.groups.known()) {
          for (const std::string& group : identity.groups.value()) response->add_groups(group);
        }
        *response->mutable_authenticated_at() = ToProto(identity.authenticated_at);
        if (identity.until != absl::InfiniteFuture()) {
          *response->mutable_until() = ToProto(identity.until);
        }
        return std::nullopt;
      });
}

}  // namespace mayfly::server
