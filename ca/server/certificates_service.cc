#include "base/status.h"
#include "ca/recorded/parts_codec.h"
#include "ca/server/proto_codec.h"
#include "ca/server/services.h"
#include "fmt/format.h"

namespace mayfly::server {
namespace {

constexpr char kIssueUser[] = "/mayfly.v1.Certificates/IssueUser";
constexpr char kExplainUser[] = "/mayfly.v1.Certificates/ExplainUser";
constexpr char kList[] = "/mayfly.v1.Certificates/List";
constexpr char kGet[] = "/mayfly.v1.Certificates/Get";
constexpr char kGetDecision[] = "/mayfly.v1.Certificates/GetDecision";

absl::Status CheckIsPerson(const AuthenticatedCall& call) {
  if (call.proven.identity.subject.kind == model::SubjectKind::kUser) return absl::OkStatus();
  return InvalidArgument("user certificates are for users; a host enrolls and renews");
}

absl::StatusOr<model::Request> ReadIssue(const AuthenticatedCall& call) {
  if (!call.document.has_issue_user()) {
    return InvalidArgument("document: no issue_user parameters");
  }
  MAYFLY_RETURN_IF_ERROR(CheckIsPerson(call));
  const v1::IssueUser& parameters = call.document.issue_user();
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey key,
                          ServerCore::PossessedKey(call, parameters.public_key()));
  MAYFLY_ASSIGN_OR_RETURN(model::Ask ask, AskFromProto(parameters.ask()));
  return model::Request{ssh::CertificateKind::kUser, std::move(key), std::move(ask), call.call.peer,
                        ""};
}

// To explain, any key will do: policy looks at its type and size, so a plain ed25519 key stands in.
absl::StatusOr<model::Request> ReadExplain(const AuthenticatedCall& call) {
  if (!call.document.has_explain_user()) {
    return InvalidArgument("document: no explain_user parameters");
  }
  MAYFLY_RETURN_IF_ERROR(CheckIsPerson(call));
  MAYFLY_ASSIGN_OR_RETURN(model::Ask ask, AskFromProto(call.document.explain_user().ask()));
  // The edwards25519 base point (RFC 8032, 5.1): a valid point that is nobody's key.
  Bytes point(32, 0x66);
  point[0] = 0x58;
  return model::Request{ssh::CertificateKind::kUser, ssh::PublicKey::Ed25519(point), std::move(ask),
                        call.call.peer, ""};
}

absl::StatusOr<ledger::CertificateQuery> ReadQuery(ServerCore& core,
                                                   const AuthenticatedCall& call) {
  if (!call.document.has_list_certificates()) {
    return InvalidArgument("document: no list_certificates parameters");
  }
  const v1::ListCertificates& parameters = call.document.list_certificates();
  ledger::CertificateQuery query;
  query.only_valid = parameters.only_valid();
  query.now = core.Now();
  query.before_serial = parameters.before_serial();
  if (parameters.limit() > 1000) return InvalidArgument("limit: at most 1000");
  if (parameters.limit() != 0) query.limit = static_cast<int>(parameters.limit());
  if (!parameters.subject().empty()) {
    MAYFLY_ASSIGN_OR_RETURN(const model::Subject subject,
                            model::Subject::Parse(parameters.subject()));
    query.subject = subject.ToString();
  } else if (!parameters.all()) {
    query.subject = call.proven.identity.subject.ToString();
  }
  return query;
}

std::optional<Failure> FillIn(const absl::StatusOr<issuance::IssueOutcome>& outcome,
                              v1::IssueUserResponse* response) {
  if (!outcome.ok()) return outcome.status();
  if (const auto* denied = std::get_if<model::Denied>(&*outcome)) return *denied;
  if (const auto* filed = std::get_if<issuance::Filed>(&*outcome)) {
    *response->mutable_decision() = ToProto(filed->pending);
    *response->mutable_filed() = ToProto(filed->state);
    return std::nullopt;
  }
  const issuance::IssuedCertificate& issued =
      std::get<std::vector<issuance::IssuedCertificate>>(*outcome).front();
  response->mutable_certificate()->set_certificate(ToText(issued.certificate.Encode()));
  response->mutable_certificate()->set_serial(issued.certificate.body.serial.value);
  recorded::PutVerdict(issued.granted, *response->mutable_decision());
  return std::nullopt;
}

}  // namespace

grpc::ServerUnaryReactor* CertificatesService::IssueUser(grpc::CallbackServerContext* context,
                                                         const v1::SignedCall* request,
                                                         v1::IssueUserResponse* response) {
  return core_.TakeCallThen(
      context, kIssueUser, request, local_peer_,
      [this, response](const std::shared_ptr<const AuthenticatedCall>& call,
                       ServerCore::Answered answer) {
        absl::StatusOr<model::Request> asked = ReadIssue(*call);
        if (!asked.ok()) return answer(core_.RefuseBadRequest(*call, asked.status()));
        const auto requests = std::make_shared<std::vector<model::Request>>();
        requests->push_back(*std::move(asked));
        core_.issuer().IssueThen(
            call->call, call->proven.identity, *requests, /*enrolment=*/{},
            [this](std::function<void()> work) { core_.Resume(std::move(work)); },
            [call, requests, response,
             answer = std::move(answer)](const absl::StatusOr<issuance::IssueOutcome>& outcome) {
              answer(FillIn(outcome, response));
            });
      });
}

grpc::ServerUnaryReactor* CertificatesService::ExplainUser(grpc::CallbackServerContext* context,
                                                           const v1::SignedCall* request,
                                                           v1::ExplainUserResponse* response) {
  return core_.TakeCall(context, kExplainUser, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
                          absl::StatusOr<model::Request> asked = ReadExplain(call);
                          if (!asked.ok()) return core_.RefuseBadRequest(call, asked.status());
                          absl::StatusOr<model::Decision> decision =
                              core_.issuer().Explain(call.proven.identity, *asked);
                          if (!decision.ok()) return decision.status();
                          *response->mutable_decision() = ToProto(*decision);
                          return std::nullopt;
                        });
}

grpc::ServerUnaryReactor* CertificatesService::List(grpc::CallbackServerContext* context,
                                                    const v1::SignedCall* request,
                                                    v1::ListCertificatesResponse* response) {
  return core_.TakeCall(context, kList, request, local_peer_,
                        [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
                          absl::StatusOr<ledger::CertificateQuery> query = ReadQuery(core_, call);
                          if (!query.ok()) return core_.RefuseBadRequest(call, query.status());
                          if (query->subject != call.proven.identity.subject.ToString()) {
                            const absl::Status may =
                                core_.Require(call, policy::Permission::kReadCertificates);
                            if (!may.ok()) return may;
                          }
                          absl::StatusOr<std::vector<ledger::CertificateState>> found =
                              core_.ledger().ListCertificates(*query);
                          if (!found.ok()) return found.status();
                          for (const ledger::CertificateState& state : *found) {
                            *response->add_certificates() = ToProto(state);
                          }
                          if (static_cast<int>(found->size()) == query->limit) {
                            response->set_next_before_serial(found->back().serial.value);
                          }
                          return std::nullopt;
                        });
}

grpc::ServerUnaryReactor* CertificatesService::Get(grpc::CallbackServerContext* context,
                                                   const v1::SignedCall* request,
                                                   v1::GetCertificateResponse* response) {
  return core_.TakeCall(
      context, kGet, request, local_peer_,
      [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
        if (!call.document.has_get_certificate()) {
          return core_.RefuseBadRequest(call,
                                        InvalidArgument("document: no get_certificate parameters"));
        }
        const ssh::Serial serial{call.document.get_certificate().serial()};
        absl::StatusOr<ledger::CertificateState> state = core_.ledger().FindCertificate(serial);
        if (absl::IsNotFound(state.status()) ||
            (state.ok() && state->subject != call.proven.identity.subject)) {
          // Who may not read others' certificates is not told which serials exist.
          const absl::Status may = core_.Require(call, policy::Permission::kReadCertificates);
          if (!may.ok()) return may;
        }
        if (absl::IsNotFound(state.status())) {
          return Failure(NotFound(fmt::format("no certificate has serial {}", serial.value)));
        }
        if (!state.ok()) return state.status();
        absl::StatusOr<std::vector<ledger::StoredEvent>> events =
            core_.ledger().EventsOfRequest(state->request_id);
        if (!events.ok()) return events.status();
        *response->mutable_record() = ToProto(*state);
        response->set_certificate(ToText(state->certificate));
        for (const ledger::StoredEvent& event : *events) *response->add_events() = ToProto(event);
        return std::nullopt;
      });
}

grpc::ServerUnaryReactor* CertificatesService::GetDecision(grpc::CallbackServerContext* context,
                                                           const v1::SignedCall* request,
                                                           v1::GetDecisionResponse* response) {
  return core_.TakeCall(
      context, kGetDecision, request, local_peer_,
      [this, response](const AuthenticatedCall& call) -> std::optional<Failure> {
        const std::string& id = call.document.get_decision().request_id();
        if (!call.document.has_get_decision() || id.empty() || id.size() > 64) {
          return core_.RefuseBadRequest(
              call, InvalidArgument("request_id: expected one such as errors and "
                                    "certificates show"));
        }
        absl::StatusOr<ledger::DecisionState> state = core_.ledger().FindDecision(id);
        if (absl::IsNotFound(state.status()) ||
            (state.ok() && state->subject != call.proven.identity.subject)) {
          const absl::Status may = core_.Require(call, policy::Permission::kReadDecisions);
          if (!may.ok()) return may;
        }
        if (absl::IsNotFound(state.status())) {
          return Failure(NotFound("no decision is recorded under this request id"));
        }
        if (!state.ok()) return state.status();
        absl::StatusOr<std::vector<ledger::StoredEvent>> events =
            core_.ledger().EventsOfRequest(id);
        if (!events.ok()) return events.status();
        response->set_request_id(id);
        response->set_subject(state->subject.ToString());
        *response->mutable_time() = ToProto(state->time);
        if (state->serial) response->set_serial(state->serial->value);
        *response->mutable_decision() = ToProto(state->decision);
        for (const ledger::StoredEvent& event : *events) *response->add_events() = ToProto(event);
        return std::nullopt;
      });
}

}  // namespace mayfly::server
