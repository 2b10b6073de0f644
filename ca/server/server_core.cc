#include "ca/server/server_core.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/refusal.h"
#include "ca/server/request_id.h"
#include "fmt/format.h"

namespace mayfly::server {
namespace {

// Of calls whose handlers wait for the disk: enough to keep it busy while group commit gathers. The
// rest waits in the queue.
constexpr int kWorkers = 16;
// Of those that give their thread back meanwhile. Few, for what they do is all CPU: whoever runs
// next finds the caches warm, and nobody has to be woken. Twice the cores, as some of what they do
// (a denial, a request that is filed) waits after all.
int StepWorkers() {
  return static_cast<int>(std::clamp(2 * std::thread::hardware_concurrency(), 4U, 32U));
}
constexpr int kMaxDocuments = 8;  // Host keys of one call.
constexpr int kWaiters = 4;       // Of one provider.
constexpr size_t kMaxInRoom = 32;
constexpr char kRequestIdMetadata[] = "mayfly-request-id";

std::string PeerText(const model::Fact<IpAddress>& peer) {
  return peer.known() ? peer.value().ToString() : peer.absent() ? "local" : "unknown";
}

// In whose limits a call counts: for a name that a provider vouches for, in those of the provider's
// subject, who need not be whom the name belongs to.
std::string ChargedTo(const model::Identity& identity) {
  if (!ledger::BindsName(identity)) return identity.subject.ToString();
  return fmt::format("{} {}", identity.issuer, identity.issuer_subject);
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
      admission_(options_.limits, metrics_),
      connections_(options_.limits, metrics_),
      queue_(kWorkers,
             static_cast<size_t>(options_.limits.max_in_flight + model::kReservedInFlight)),
      steps_(StepWorkers(),
             static_cast<size_t>(options_.limits.max_in_flight + model::kReservedInFlight)) {
  metrics_.AddGauge("mayfly_connections", [this] { return connections_.size(); });
  metrics_.AddGauge("mayfly_connections_silent", [this] { return connections_.silent(); });
  metrics_.AddGauge("mayfly_calls_in_flight", [this] { return admission_.in_flight(); });
  metrics_.AddGauge("mayfly_queue_kept_short",
                    [this] { return admission_.IsKeptShort(MonotonicNow()) ? 1 : 0; });
  AddProcessGauges(metrics_);
  for (const std::string& name : options_.waiting_rooms) {
    waiting_rooms_[name] = std::make_unique<WorkQueue>(kWaiters, kMaxInRoom);
  }
}

grpc::ServerUnaryReactor* ServerCore::Take(
    grpc::CallbackServerContext* context, const char* method,
    std::function<std::optional<grpc::Status>(const std::string&)> handle) {
  return TakeAttempt(
      context, method, queue_,
      [handle = std::move(handle)](const std::string& request_id, bool, const Finish&) {
        return Outcome{handle(request_id)};
      });
}

grpc::ServerUnaryReactor* ServerCore::TakeAttempt(grpc::CallbackServerContext* context,
                                                  const char* method, WorkQueue& queue,
                                                  Attempt attempt) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const std::string request_id = MakeRequestId(clock_.Now(), random_);
  context->AddInitialMetadata(kRequestIdMetadata, request_id);
  const std::string peer = context->peer();
  const std::string source = SourceOf(seams_.caller_of(peer));
  connections_.Heard(peer);
  const absl::Duration arrived = MonotonicNow();
  const bool reserved = std::string_view(method).find(".Operations/") != std::string_view::npos;
  if (const std::optional<Turned> turned = admission_.Arrive(source, reserved, arrived)) {
    reactor->Finish(TurnAway(*turned, method, request_id));
    return reactor;
  }
  const Finish finish = [this, reactor, source,
                         reserved](const std::optional<grpc::Status>& status) {
    admission_.Leave(source, reserved);
    reactor->Finish(status.value_or(grpc::Status::OK));
  };
  const Line line = &queue == &steps_ ? Line::kIssuing : Line::kOthers;
  auto run = [this, context, line, method, request_id, arrived, finish,
              attempt = std::move(attempt)] {
    // Whoever has gone is not worth the work; their slot is for those who wait.
    if (context->IsCancelled()) return finish(grpc::Status::CANCELLED);
    if (const std::optional<Turned> late = admission_.Waited(line, arrived, MonotonicNow())) {
      return finish(TurnAway(*late, method, request_id));
    }
    const Outcome outcome = attempt(request_id, /*may_wait=*/false, finish);
    if (outcome.not_yet) return;
    if (outcome.wait_for.empty()) return finish(outcome.status);
    const auto room = waiting_rooms_.find(outcome.wait_for);
    const bool waits = room != waiting_rooms_.end() &&
                       room->second->Submit([context, request_id, finish, attempt] {
                         if (context->IsCancelled()) return finish(grpc::Status::CANCELLED);
                         const Outcome last = attempt(request_id, /*may_wait=*/true, finish);
                         if (!last.not_yet) finish(last.status);
                       });
    if (waits) return;
    if (admission_.MayLog("waiting room", MonotonicNow())) {
      log_.Warning(
          "too many wait for an identity provider",
          {{"method", method}, {"request_id", request_id}, {"provider", outcome.wait_for}});
    }
    finish(OverloadedStatus("too many logins wait for the identity provider", absl::Seconds(5),
                            request_id));
  };
  if (!queue.Submit(std::move(run))) {  // It is shutting down: admission has its room.
    admission_.Leave(source, reserved);
    reactor->Finish(OverloadedStatus("the CA is stopping", absl::Seconds(1), request_id));
  }
  return reactor;
}

grpc::Status ServerCore::TurnAway(const Turned& turned, const char* method,
                                  const std::string& request_id) {
  if (admission_.MayLog("turned away", MonotonicNow())) {
    log_.Warning("turned away",
                 {{"method", method}, {"request_id", request_id}, {"cause", turned.sentence}});
  }
  return OverloadedStatus(turned.sentence, turned.retry_after, request_id);
}

std::optional<grpc::Status> ServerCore::CheckMayAsk(const std::string& subject, const char* method,
                                                    const std::string& request_id) {
  if (gate_.Stops(method)) {
    metrics_.Count(Counter::kCallsStopped);
    return StoppedStatus(request_id);
  }
  const std::optional<Turned> turned = admission_.MayAsk(subject, MonotonicNow());
  if (!turned) return std::nullopt;
  return TurnAway(*turned, method, request_id);
}

std::optional<grpc::Status> ServerCore::Answer(const std::optional<Failure>& failure,
                                               const char* method, const std::string& request_id,
                                               const AuthenticatedCall& call) {
  const absl::Status status = failure ? failure->status : absl::OkStatus();
  const std::string subject = call.proven.identity.subject.ToString();
  const LogLevel level = LevelOf(status);
  log_.Write(level, failure ? "refused" : "answered",
             {{"method", method},
              {"request_id", request_id},
              {"subject", subject},
              {"peer", PeerText(call.call.peer)},
              {"result", failure ? status.ToString() : std::string("ok")}});
  if (!failure) return std::nullopt;
  if (level == LogLevel::kError) {
    metrics_.Count(Counter::kCallsFailed);
  } else {
    metrics_.Count(Counter::kCallsRefused);
    admission_.CountRefusal(ChargedTo(call.proven.identity), MonotonicNow());
  }
  return ToRpcStatus(*failure, request_id);
}

grpc::ServerUnaryReactor* ServerCore::TakeCall(grpc::CallbackServerContext* context,
                                               const char* method, const v1::SignedCall* request,
                                               std::optional<uid_t> local_peer, Handler handle) {
  return TakeOneCall(
      context, method, queue_, request, local_peer,
      [handle = std::move(handle)](const std::shared_ptr<const AuthenticatedCall>& call,
                                   const Answered& answer) { answer(handle(*call)); });
}

grpc::ServerUnaryReactor* ServerCore::TakeCallThen(grpc::CallbackServerContext* context,
                                                   const char* method,
                                                   const v1::SignedCall* request,
                                                   std::optional<uid_t> local_peer,
                                                   ThenHandler handle) {
  return TakeOneCall(context, method, steps_, request, local_peer, std::move(handle));
}

grpc::ServerUnaryReactor* ServerCore::TakeOneCall(grpc::CallbackServerContext* context,
                                                  const char* method, WorkQueue& queue,
                                                  const v1::SignedCall* request,
                                                  std::optional<uid_t> local_peer,
                                                  ThenHandler handle) {
  const model::Fact<IpAddress> peer =
      local_peer ? model::Fact<IpAddress>::Absent() : seams_.caller_of(context->peer());
  return TakeAttempt(context, method, queue,
                     [this, method, request, local_peer, peer, connection = context->auth_context(),
                      handle = std::move(handle)](const std::string& request_id, bool may_wait,
                                                  const Finish& finish) -> Outcome {
                       absl::StatusOr<AuthenticatedCall> proven = Prove(
                           *request, method, request_id, peer, local_peer, *connection, may_wait);
                       if (!proven.ok()) {
                         return NotProven(proven.status(), method, request_id, peer, may_wait);
                       }
                       const auto call =
                           std::make_shared<const AuthenticatedCall>(*std::move(proven));
                       std::optional<grpc::Status> turned =
                           CheckMayAsk(ChargedTo(call->proven.identity), method, request_id);
                       if (turned) return Outcome{turned};
                       const Answered answer = [this, method, request_id, call,
                                                finish](const std::optional<Failure>& failure) {
                         finish(Answer(failure, method, request_id, *call));
                       };
                       const std::optional<Failure> failure = CheckName(*call);
                       if (failure) {
                         answer(failure);
                       } else {
                         handle(call, answer);
                       }
                       return Outcome{.not_yet = true};
                     });
}

grpc::ServerUnaryReactor* ServerCore::TakeCalls(
    grpc::CallbackServerContext* context, const char* method,
    const google::protobuf::RepeatedPtrField<v1::SignedCall>* requests,
    std::optional<uid_t> local_peer, ManyHandler handle) {
  const model::Fact<IpAddress> peer =
      local_peer ? model::Fact<IpAddress>::Absent() : seams_.caller_of(context->peer());
  return TakeAttempt(
      context, method, queue_,
      [this, method, requests, local_peer, peer, connection = context->auth_context(),
       handle = std::move(handle)](const std::string& request_id, bool may_wait,
                                   const Finish&) -> Outcome {
        if (requests->empty() || requests->size() > kMaxDocuments) {
          return Outcome{Stranger(authn::Refuse(authn::cause::kMalformed, "no or too many calls"),
                                  method, request_id, peer),
                         {}};
        }
        std::vector<AuthenticatedCall> calls;
        for (const v1::SignedCall& request : *requests) {
          absl::StatusOr<AuthenticatedCall> call =
              Prove(request, method, request_id, peer, local_peer, *connection, may_wait);
          if (!call.ok()) return NotProven(call.status(), method, request_id, peer, may_wait);
          calls.push_back(*std::move(call));
        }
        std::optional<grpc::Status> turned =
            CheckMayAsk(ChargedTo(calls.front().proven.identity), method, request_id);
        if (turned) return Outcome{turned};
        return Outcome{Answer(handle(calls), method, request_id, calls.front())};
      });
}

absl::StatusOr<AuthenticatedCall> ServerCore::Prove(
    const v1::SignedCall& request, const char* method, const std::string& request_id,
    const model::Fact<IpAddress>& peer, std::optional<uid_t> local_peer,
    const grpc::AuthContext& connection, bool may_wait) {
  absl::StatusOr<ReadCall> read = ReadSignedCall(request, method, request_id, peer, clock_.Now());
  if (!read.ok()) return authn::Refuse(authn::cause::kMalformed, Message(read.status()));
  // Only where it is asked for: a stranger's certificate costs nothing but its handshake.
  if (read->header.credential == model::Proof::kMtls) read->header.tls = TlsPeerOf(connection);
  AuthenticatedCall call;
  MAYFLY_ASSIGN_OR_RETURN(call.proven,
                          verifier_.Verify(read->header, read->call, local_peer, may_wait));
  call.call = std::move(read->call);
  call.document = std::move(read->document);
  return call;
}

ServerCore::Outcome ServerCore::NotProven(const absl::Status& status, const char* method,
                                          const std::string& request_id,
                                          const model::Fact<IpAddress>& peer, bool may_wait) {
  const std::string provider = authn::WaitsFor(status);
  if (!provider.empty() && !may_wait) return Outcome{std::nullopt, provider};
  return Outcome{Stranger(status, method, request_id, peer)};
}

grpc::Status ServerCore::Stranger(const absl::Status& status, const char* method,
                                  const std::string& request_id,
                                  const model::Fact<IpAddress>& peer) {
  const std::string cause = authn::CauseOf(status);
  // What we could not read is no fault of whoever calls, who may try again.
  const bool ours = !absl::IsUnauthenticated(status);
  int64_t suppressed = 0;
  if (ours ? admission_.MayLog("not read", MonotonicNow())
           : admission_.CountStranger(SourceOf(peer), MonotonicNow(), &suppressed)) {
    log_.Info("not authenticated", {{"method", method},
                                    {"request_id", request_id},
                                    {"peer", PeerText(peer)},
                                    {"cause", cause},
                                    {"detail", Message(status)},
                                    {"lines_left_out_before", suppressed}});
  }
  if (ours) {
    metrics_.Count(Counter::kCallsFailed);
    return ToRpcStatus(Failure(status), request_id);
  }
  ledger_.CountStranger(cause);
  grpc::Status told =
      StrangerStatus(request_id, authn::ServerTimeOf(status), authn::SentenceFor(status));
  if (cause != authn::cause::kProviderUnavailable) return told;
  // Nobody was refused: the same call may do in a minute.
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, told.error_message(), told.error_details());
}

bool ServerCore::May(const AuthenticatedCall& call, policy::Permission permission) const {
  return seams_.may(call.proven.identity, permission, call.call.peer, nullptr);
}

absl::Status ServerCore::Require(const AuthenticatedCall& call, policy::Permission permission) {
  std::string which;
  const model::Identity& identity = call.proven.identity;
  if (!seams_.may(identity, permission, call.call.peer, &which)) {
    return Refuse(call, "operators", which).status;
  }
  return RequireOperatorsProof(call);
}

absl::Status ServerCore::RequireOperatorsProof(const AuthenticatedCall& call) {
  const model::Identity& identity = call.proven.identity;
  const bool needs_hardware = options_.hardware_operators.contains(identity.authenticator);
  if (!needs_hardware || (identity.hardware.known() && identity.hardware.value())) {
    return absl::OkStatus();
  }
  return Refuse(
             call, "built-in: operator's proof",
             fmt::format("{} wants operators and approvers to prove themselves by a security key: "
                         "log in with one, mayfly login --fresh --identity FILE",
                         identity.authenticator))
      .status;
}

// A key in an agent may be used by every host that the agent is forwarded to; a session key never
// is in one, and a security key wants a touch.
std::optional<Failure> ServerCore::RequireOwnHand(const AuthenticatedCall& call, std::string rule,
                                                  std::string_view act) {
  const model::Identity& identity = call.proven.identity;
  const bool own = identity.proof == model::Proof::kSession ||
                   identity.proof == model::Proof::kLocal ||
                   (identity.proof == model::Proof::kSshKey && identity.hardware.known() &&
                    identity.hardware.value());
  if (own) return std::nullopt;
  return Refuse(call, std::move(rule),
                fmt::format("{} is signed by a session key or a security key; log in first", act));
}

std::optional<Failure> ServerCore::CheckName(const AuthenticatedCall& call) {
  const model::Identity& identity = call.proven.identity;
  if (!ledger::BindsName(identity)) return std::nullopt;
  const absl::StatusOr<ledger::NameBinding> bound = ledger_.FindName(identity.subject);
  if (absl::IsNotFound(bound.status())) return CheckNotEnrolled(call);
  if (!bound.ok()) return bound.status();
  if (*bound == ledger::BindingOf(identity)) return std::nullopt;
  log_.Warning("name bound to another provider's subject",
               {{"request_id", call.call.request_id},
                {"subject", identity.subject.ToString()},
                {"bound_to", bound->issuer + " " + bound->issuer_subject},
                {"proven_by", ledger::BindingOf(identity).issuer + " " +
                                  ledger::BindingOf(identity).issuer_subject}});
  return Refuse(call, "built-in: names", ledger::BoundToAnother(identity.subject));
}

std::optional<Failure> ServerCore::CheckNotEnrolled(const AuthenticatedCall& call) {
  const model::Identity& identity = call.proven.identity;
  const model::Subject& subject = identity.subject;
  if (seams_.users == nullptr || !seams_.users->Holds(subject.realm, subject.name)) {
    return std::nullopt;
  }
  log_.Warning("name of an enrolled user proven by a provider",
               {{"request_id", call.call.request_id},
                {"subject", subject.ToString()},
                {"proven_by", identity.issuer + " " + identity.issuer_subject}});
  return Refuse(
      call, "built-in: names",
      fmt::format("the name {} of the realm {} is of somebody who is enrolled with an SSH key: an "
                  "operator gives the identity provider a realm of its own, or takes the user out",
                  subject.name, subject.realm));
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
  // It may have signed by what this machine cannot verify: that is then the reason.
  if (key->type() == ssh::KeyType::kMldsa44Ed25519) {
    MAYFLY_RETURN_IF_ERROR(ssh::CheckSubjectKey(*key));
  }
  return InvalidArgument(
      "public_key: the document is not signed by it; sign in the possession namespace too");
}

}  // namespace mayfly::server
