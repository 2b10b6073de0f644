#include "base/status.h"
#include "ca/fleet/enrolment.h"
#include "ca/server/proto_codec.h"
#include "ca/server/services.h"

namespace mayfly::server {
namespace {

constexpr char kEnroll[] = "/mayfly.v1.Hosts/Enroll";
constexpr char kRenew[] = "/mayfly.v1.Hosts/Renew";

template <typename Parameters>
absl::StatusOr<model::Ask> ReadHostAsk(const Parameters& parameters) {
  constexpr int kMaxPrincipals = 64;
  model::Ask ask;
  if (parameters.principals_size() > kMaxPrincipals) {
    return InvalidArgument("principals: at most 64");
  }
  ask.principals.assign(parameters.principals().begin(), parameters.principals().end());
  if (parameters.has_lifetime()) {
    MAYFLY_ASSIGN_OR_RETURN(ask.lifetime, LifetimeFromProto(parameters.lifetime()));
  }
  return ask;
}

absl::StatusOr<fleet::HostKeyCall> ReadEnrollCall(const AuthenticatedCall& call) {
  if (!call.document.has_enroll_host()) {
    return InvalidArgument("document: no enroll_host parameters");
  }
  const v1::EnrollHost& parameters = call.document.enroll_host();
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey key,
                          ServerCore::PossessedKey(call, parameters.public_key()));
  MAYFLY_ASSIGN_OR_RETURN(model::Ask ask, ReadHostAsk(parameters));
  fleet::HostKeyCall result{call.proven.identity, std::move(key), std::move(ask), {}};
  for (const std::string& blob : parameters.all_keys()) result.all_keys.push_back(ToBytes(blob));
  return result;
}

absl::StatusOr<fleet::HostKeyCall> ReadRenewCall(const AuthenticatedCall& call) {
  if (!call.document.has_renew_host()) {
    return InvalidArgument("document: no renew_host parameters");
  }
  const v1::RenewHost& parameters = call.document.renew_host();
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey key,
                          ServerCore::PossessedKey(call, parameters.public_key()));
  MAYFLY_ASSIGN_OR_RETURN(model::Ask ask, ReadHostAsk(parameters));
  return fleet::HostKeyCall{call.proven.identity, std::move(key), std::move(ask), {}};
}

absl::StatusOr<std::vector<fleet::HostKeyCall>> ReadAll(
    const std::vector<AuthenticatedCall>& calls,
    absl::StatusOr<fleet::HostKeyCall> (*read)(const AuthenticatedCall&)) {
  std::vector<fleet::HostKeyCall> result;
  for (const AuthenticatedCall& call : calls) {
    MAYFLY_ASSIGN_OR_RETURN(fleet::HostKeyCall one, read(call));
    result.push_back(std::move(one));
  }
  return result;
}

// One call of the ledger: the first document, and the others beside it.
model::Call Joined(const std::vector<AuthenticatedCall>& calls) {
  model::Call call = calls.front().call;
  for (size_t i = 1; i < calls.size(); ++i) {
    call.further.push_back(
        {calls[i].call.document, calls[i].call.signatures, calls[i].call.issued_at});
  }
  return call;
}

template <typename Response>
std::optional<Failure> Answer(ServerCore& core, const std::vector<AuthenticatedCall>& calls,
                              const absl::StatusOr<fleet::HostIssuance>& issuance,
                              Response* response) {
  AuthenticatedCall call = calls.front();
  call.call = Joined(calls);
  if (!issuance.ok()) return core.RefuseBadRequest(call, issuance.status());
  const model::Identity& identity = call.proven.identity;
  absl::StatusOr<issuance::IssueOutcome> outcome =
      core.issuer().Issue(call.call, identity, issuance->requests, issuance->enrolment);
  if (!outcome.ok()) return outcome.status();
  if (auto* denied = std::get_if<model::Denied>(&*outcome)) return *denied;
  for (const issuance::IssuedCertificate& issued :
       std::get<std::vector<issuance::IssuedCertificate>>(*outcome)) {
    v1::IssuedCertificate* added = response->add_certificates();
    added->set_certificate(ToText(issued.certificate.Encode()));
    added->set_serial(issued.certificate.body.serial.value);
  }
  response->set_subject(identity.subject.ToString());
  if (identity.labels.known()) {
    response->mutable_labels()->insert(identity.labels.value().begin(),
                                       identity.labels.value().end());
  }
  return std::nullopt;
}

}  // namespace

grpc::ServerUnaryReactor* HostsService::Enroll(grpc::CallbackServerContext* context,
                                               const v1::EnrollHostRequest* request,
                                               v1::EnrollHostResponse* response) {
  return core_.TakeCalls(
      context, kEnroll, &request->calls(), local_peer_,
      [this, response](const std::vector<AuthenticatedCall>& calls) -> std::optional<Failure> {
        const absl::StatusOr<std::vector<fleet::HostKeyCall>> read = ReadAll(calls, ReadEnrollCall);
        std::optional<Failure> failure =
            Answer(core_, calls,
                   read.ok() ? fleet::PrepareEnrolment(*read, calls.front().call.peer,
                                                       core_.options().returning_hosts)
                             : read.status(),
                   response);
        if (!failure) core_.seams().hosts_changed();
        return failure;
      });
}

grpc::ServerUnaryReactor* HostsService::Renew(grpc::CallbackServerContext* context,
                                              const v1::RenewHostRequest* request,
                                              v1::RenewHostResponse* response) {
  return core_.TakeCalls(
      context, kRenew, &request->calls(), local_peer_,
      [this, response](const std::vector<AuthenticatedCall>& calls) -> std::optional<Failure> {
        const absl::StatusOr<std::vector<fleet::HostKeyCall>> read = ReadAll(calls, ReadRenewCall);
        return Answer(
            core_, calls,
            read.ok() ? fleet::PrepareRenewal(*read, calls.front().call.peer) : read.status(),
            response);
      });
}

}  // namespace mayfly::server
