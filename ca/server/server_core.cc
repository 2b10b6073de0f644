#include "ca/server/server_core.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/refusal.h"
#include "ca/server/request_id.h"
#include "fmt/format.h"

namespace mayfly::server {
namespace {

// Enough to keep the disk busy while group commit gathers; the rest waits in the queue.
constexpr int kWorkers = 16;
constexpr size_t kMaxWaiting = 1024;
constexpr int kMaxDocuments = 8;  // Host keys of one call.
constexpr char kRequestIdMetadata[] = "mayfly-request-id";

std::string PeerText(const model::Fact<IpAddress>& peer) {
  return peer.known() ? peer.value().ToString() : peer.absent() ? "local" : "unknown";
}

LogLevel LevelOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return LogLevel::kError;
    default:
      return LogLevel::kInfo;
  }
}

}  // namespace

ServerCore::ServerCore(ServerOptions options, ServerSeams seams, authn::CallVerifier& verifier,
                       issuance::Issuer& issuer, ledger::Ledger& ledger, const Clock& clock,
                       Random& random, Health& health, Log& log)
    : options_(std::move(options)),
      seams_(std::move(seams)),
      verifier_(verifier),
      issuer_(issuer),
      ledger_(ledger),
      clock_(clock),
      random_(random),
      health_(health),
      log_(log),
      queue_(kWorkers, kMaxWaiting) {}

grpc::ServerUnaryReactor* ServerCore::Take(
    grpc::CallbackServerContext* context, const char* method,
    std::function<std::optional<grpc::Status>(const std::string&)> handle) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const std::string request_id = MakeRequestId(clock_.Now(), random_);
  context->AddInitialMetadata(kRequestIdMetadata, request_id);
  const bool taken = queue_.Submit([reactor, request_id, handle = std::move(handle)] {
    reactor->Finish(handle(request_id).value_or(grpc::Status::OK));
  });
  if (!taken) {
    log_.Warning("overloaded", {{"method", method}, {"request_id", request_id}});
    reactor->Finish(OverloadedStatus(request_id));
  }
  return reactor;
}

grpc::ServerUnaryReactor* ServerCore::TakeCall(grpc::CallbackServerContext* context,
                                               const char* method, const v1::SignedCall* request,
                                               std::optional<uid_t> local_peer, Handler handle) {
  const model::Fact<IpAddress> peer =
      local_peer ? model::Fact<IpAddress>::Absent() : seams_.caller_of(context->peer());
  return Take(context, method,
              [this, method, request, local_peer, peer, handle = std::move(handle)](
                  const std::string& request_id) -> std::optional<grpc::Status> {
                absl::StatusOr<AuthenticatedCall> call =
                    Prove(*request, method, request_id, peer, local_peer);
                if (!call.ok()) return Stranger(call.status(), method, request_id, peer);
                const std::optional<Failure> failure = handle(*call);
                const absl::Status status = failure ? failure->status : absl::OkStatus();
                log_.Write(LevelOf(status), failure ? "refused" : "answered",
                           {{"method", method},
                            {"request_id", request_id},
                            {"subject", call->proven.identity.subject.ToString()},
                            {"peer", PeerText(peer)},
                            {"result", failure ? status.ToString() : std::string("ok")}});
                if (!failure) return std::nullopt;
                return ToRpcStatus(*failure, request_id);
              });
}

grpc::ServerUnaryReactor* ServerCore::TakeCalls(
    grpc::CallbackServerContext* context, const char* method,
    const google::protobuf::RepeatedPtrField<v1::SignedCall>* requests,
    std::optional<uid_t> local_peer, ManyHandler handle) {
  const model::Fact<IpAddress> peer =
      local_peer ? model::Fact<IpAddress>::Absent() : seams_.caller_of(context->peer());
  return Take(context, method,
              [this, method, requests, local_peer, peer, handle = std::move(handle)](
                  const std::string& request_id) -> std::optional<grpc::Status> {
                if (requests->empty() || requests->size() > kMaxDocuments) {
                  return Stranger(authn::Refuse(authn::cause::kMalformed, "no or too many calls"),
                                  method, request_id, peer);
                }
                std::vector<AuthenticatedCall> calls;
                for (const v1::SignedCall& request : *requests) {
                  absl::StatusOr<AuthenticatedCall> call =
                      Prove(request, method, request_id, peer, local_peer);
                  if (!call.ok()) return Stranger(call.status(), method, request_id, peer);
                  calls.push_back(*std::move(call));
                }
                const std::optional<Failure> failure = handle(calls);
                const absl::Status status = failure ? failure->status : absl::OkStatus();
                log_.Write(LevelOf(status), failure ? "refused" : "answered",
                           {{"method", method},
                            {"request_id", request_id},
                            {"subject", calls.front().proven.identity.subject.ToString()},
                            {"peer", PeerText(peer)},
                            {"result", failure ? status.ToString() : std::string("ok")}});
                if (!failure) return std::nullopt;
                return ToRpcStatus(*failure, request_id);
              });
}

absl::StatusOr<AuthenticatedCall> ServerCore::Prove(const v1::SignedCall& request,
                                                    const char* method,
                                                    const std::string& request_id,
                                                    const model::Fact<IpAddress>& peer,
                                                    std::optional<uid_t> local_peer) {
  absl::StatusOr<ReadCall> read = ReadSignedCall(request, method, request_id, peer, clock_.Now());
  if (!read.ok()) return authn::Refuse(authn::cause::kMalformed, Message(read.status()));
  AuthenticatedCall call;
  MAYFLY_ASSIGN_OR_RETURN(call.proven, verifier_.Verify(read->header, read->call, local_peer));
  call.call = std::move(read->call);
  call.document = std::move(read->document);
  return call;
}

grpc::Status ServerCore::Stranger(const absl::Status& status, const char* method,
                                  const std::string& request_id,
                                  const model::Fact<IpAddress>& peer) {
  const std::string cause = authn::CauseOf(status);
  log_.Info("not authenticated", {{"method", method},
                                  {"request_id", request_id},
                                  {"peer", PeerText(peer)},
                                  {"cause", cause},
                                  {"detail", Message(status)}});
  if (absl::IsUnauthenticated(status)) {
    ledger_.CountStranger(cause);
    return StrangerStatus(request_id, authn::ServerTimeOf(status));
  }
  return ToRpcStatus(Failure(status), request_id);
}

bool ServerCore::May(const AuthenticatedCall& call, policy::Permission permission) const {
  return seams_.may(call.proven.identity, permission, call.call.peer, nullptr);
}

absl::Status ServerCore::Require(const AuthenticatedCall& call, policy::Permission permission) {
  std::string which;
  if (seams_.may(call.proven.identity, permission, call.call.peer, &which)) {
    return absl::OkStatus();
  }
  return Refuse(call, "operators", which).status;
}

Failure ServerCore::Refuse(const AuthenticatedCall& call, std::string rule, std::string message) {
  model::Denied denied;
  denied.rule = std::move(rule);
  denied.message = std::move(message);
  const absl::Status recorded =
      ledger_.RecordDenial({call.call, call.proven.identity, std::nullopt, denied});
  if (!recorded.ok()) return recorded;
  return denied;
}

Failure ServerCore::RefuseBadRequest(const AuthenticatedCall& call, const absl::Status& status) {
  const Failure recorded = Refuse(call, "request", Message(status));
  return recorded.denied ? Failure(status) : recorded;
}

absl::StatusOr<ssh::PublicKey> ServerCore::PossessedKey(const AuthenticatedCall& call,
                                                        const std::string& blob) {
  absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseBlob(AsBytes(blob));
  if (!key.ok()) return Annotate(key.status(), "public_key");
  for (const ssh::PublicKey& possessed : call.proven.possessed) {
    if (possessed == *key) return key;
  }
  return InvalidArgument(
      "public_key: the document is not signed by it; sign in the possession namespace too");
}

}  // namespace mayfly::server
