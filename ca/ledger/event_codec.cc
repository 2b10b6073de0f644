#include "ca/ledger/event_codec.h"

#include <utility>

#include "base/status.h"
#include "ca/ledger/event_parts.h"

namespace mayfly::ledger {

v1::LedgerEvent& Started(EventArena& arena, const std::string& request_id,
                         const std::string& subject, absl::Time now) {
  v1::LedgerEvent& event = arena.MakeEvent();
  Put(now, *event.mutable_time());
  event.set_request_id(Utf8(request_id));
  event.set_subject(Utf8(subject));
  return event;
}

Bytes Serialized(const google::protobuf::MessageLite& message) {
  Bytes bytes(message.ByteSizeLong());
  MAYFLY_CHECK(message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())));
  return bytes;
}

EncodedEvent Finished(const v1::LedgerEvent& event, TypeClass type_class, std::string_view type,
                      absl::Time now) {
  EncodedEvent encoded;
  encoded.type_class = type_class;
  encoded.type = type;
  encoded.time = now;
  encoded.request_id = event.request_id();
  encoded.subject = event.subject();
  encoded.bytes = Serialized(event);
  return encoded;
}

void PutFacts(const model::Facts& facts, const std::optional<absl::Time>& decided_at,
              v1::RecordedFacts& out) {
  Put(facts, out);
  if (decided_at) Put(*decided_at, *out.mutable_decided_at());
}

namespace {

void PutIssuance(const IssuanceRecord& issuance, const std::optional<absl::Time>& decided_at,
                 v1::RecordedIssuance& out) {
  out.set_serial(issuance.body.serial.value);
  out.set_key_id(Utf8(issuance.body.key_id));
  Put(issuance.request, *out.mutable_request());
  PutFacts(issuance.facts, decided_at, *out.mutable_facts());
  Put(issuance.granted, *out.mutable_decision());
  out.set_body(Blob(issuance.body.Encode()));
}

void PutEnrolment(const IssuanceBatch& batch, absl::Time now, v1::RecordedHost& out) {
  HostState host;
  host.host = batch.enrolment->host;
  host.labels = batch.enrolment->labels;
  for (const ssh::PublicKey& key : batch.enrolment->keys) {
    host.key_fingerprints.push_back(key.Fingerprint().text);
  }
  host.authenticator = batch.identity.authenticator;
  host.enrolled_at = now;
  host.attested = batch.enrolment->attested;
  Put(host, out);
  out.set_token_fingerprint(Utf8(batch.enrolment->token_key));
  out.set_replaces(batch.enrolment->replaces);
}

}  // namespace

EncodedEvent EncodeIssuances(const IssuanceBatch& batch, absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event =
      Started(arena, batch.call.request_id, batch.identity.subject.ToString(), now);
  v1::IssuanceEvent& issuance = *event.mutable_issuance();
  Put(batch.call, *issuance.mutable_call());
  Put(batch.identity, *issuance.mutable_identity());
  for (const IssuanceRecord& record : batch.issuances) {
    PutIssuance(record, batch.decided_at, *issuance.add_issuances());
  }
  if (batch.enrolment) PutEnrolment(batch, now, *issuance.mutable_enrolment());
  return Finished(event, TypeClass::kIssuance, "issuance", now);
}

EncodedEvent EncodeSigning(const std::vector<ssh::Certificate>& certificates,
                           const std::string& subject, const std::string& request_id,
                           absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, request_id, subject, now);
  for (const ssh::Certificate& certificate : certificates) {
    v1::SignedCertificate& out = *event.mutable_signing()->add_certificates();
    out.set_serial(certificate.body.serial.value);
    out.set_signature(Blob(certificate.signature.Encode()));
  }
  return Finished(event, TypeClass::kIssuance, "signed", now);
}

EncodedEvent EncodeDenial(const DenialRecord& denial, absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event =
      Started(arena, denial.call.request_id, denial.identity.subject.ToString(), now);
  v1::DenialEvent& out = *event.mutable_denial();
  Put(denial.call, *out.mutable_call());
  Put(denial.identity, *out.mutable_identity());
  if (denial.request) Put(*denial.request, *out.mutable_request());
  Put(model::Decision(denial.denied), *out.mutable_decision());
  if (denial.facts) PutFacts(*denial.facts, denial.decided_at, *out.mutable_facts());
  return Finished(event, TypeClass::kDenial, "denial", now);
}

EncodedEvent EncodeSessionStarted(const model::Call& call, const SessionRecord& session,
                                  absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event =
      Started(arena, call.request_id, session.identity.subject.ToString(), now);
  v1::SessionStartedEvent& out = *event.mutable_session_started();
  Put(call, *out.mutable_call());
  Put(session.identity, *out.mutable_identity());
  out.set_session_key(Blob(session.key.blob()));
  Put(session.ends_at, *out.mutable_ends_at());
  return Finished(event, TypeClass::kStanding, "session_started", now);
}

EncodedEvent EncodeSessionEnded(const model::Call& call, const model::Identity& by,
                                const std::string& subject, const ssh::Fingerprint& session_key,
                                absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, call.request_id, subject, now);
  v1::SessionEndedEvent& out = *event.mutable_session_ended();
  Put(call, *out.mutable_call());
  Put(by, *out.mutable_by());
  out.set_session_fingerprint(session_key.text);
  return Finished(event, TypeClass::kStanding, "session_ended", now);
}

EncodedEvent EncodeJoinTokenCreated(const model::Call& call, const model::Identity& by,
                                    const JoinTokenRecord& token, absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, call.request_id, by.subject.ToString(), now);
  v1::JoinTokenCreatedEvent& out = *event.mutable_join_token_created();
  Put(call, *out.mutable_call());
  Put(by, *out.mutable_by());
  Put(token, *out.mutable_token());
  return Finished(event, TypeClass::kStanding, "join_token_created", now);
}

EncodedEvent EncodeHostRetired(const model::Call& call, const model::Identity& by,
                               const HostState& host, absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, call.request_id, host.host.ToString(), now);
  v1::HostRetiredEvent& out = *event.mutable_host_retired();
  Put(call, *out.mutable_call());
  out.set_by(by.subject.ToString());
  Put(host, *out.mutable_host());
  return Finished(event, TypeClass::kStanding, "host_retired", now);
}

EncodedEvent EncodeUsersAdded(const model::Call& call, const model::Identity& by,
                              const std::vector<UserRecord>& users, absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, call.request_id, by.subject.ToString(), now);
  v1::UsersAddedEvent& out = *event.mutable_users_added();
  Put(call, *out.mutable_call());
  Put(by, *out.mutable_by());
  for (const UserRecord& user : users) Put(user, *out.add_users());
  return Finished(event, TypeClass::kStanding, "users_added", now);
}

EncodedEvent EncodeUserRemoved(const model::Call& call, const model::Identity& by,
                               const std::string& subject, const UserRecord& user, absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, call.request_id, subject, now);
  v1::UserRemovedEvent& out = *event.mutable_user_removed();
  Put(call, *out.mutable_call());
  Put(by, *out.mutable_by());
  Put(user, *out.mutable_user());
  return Finished(event, TypeClass::kStanding, "user_removed", now);
}

EncodedEvent EncodeNameReleased(const model::Call& call, const model::Identity& by,
                                const std::string& subject, const NameBinding& binding,
                                absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, call.request_id, subject, now);
  v1::NameReleasedEvent& out = *event.mutable_name_released();
  Put(call, *out.mutable_call());
  Put(by, *out.mutable_by());
  out.set_issuer(Utf8(binding.issuer));
  out.set_issuer_subject(Utf8(binding.issuer_subject));
  return Finished(event, TypeClass::kStanding, "name_released", now);
}

EncodedEvent EncodeNotice(const Notice& notice, absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, "", "", now);
  v1::NoticeEvent& out = *event.mutable_notice();
  out.set_kind(std::string(NoticeKindName(notice.kind)));
  for (const auto& [name, value] : notice.details) {
    v1::RecordedPair& pair = *out.add_details();
    pair.set_name(Utf8(name));
    pair.set_value(Utf8(value));
  }
  return Finished(event, TypeClass::kNotice, NoticeKindName(notice.kind), now);
}

Bytes EncodeIdentity(const model::Identity& identity) {
  v1::RecordedIdentity message;
  Put(identity, message);
  return Serialized(message);
}

absl::StatusOr<model::Identity> DecodeIdentity(BytesView bytes) {
  MAYFLY_ASSIGN_OR_RETURN(const auto message, Parsed<v1::RecordedIdentity>(bytes));
  return IdentityOf(message);
}

Bytes EncodeJoinToken(const JoinTokenRecord& token) {
  v1::RecordedJoinToken message;
  Put(token, message);
  return Serialized(message);
}

absl::StatusOr<JoinTokenRecord> DecodeJoinToken(BytesView bytes) {
  MAYFLY_ASSIGN_OR_RETURN(const auto message, Parsed<v1::RecordedJoinToken>(bytes));
  return JoinTokenOf(message);
}

Bytes EncodeUser(const UserRecord& user) {
  v1::RecordedUser message;
  Put(user, message);
  return Serialized(message);
}

absl::StatusOr<UserRecord> DecodeUser(BytesView bytes) {
  MAYFLY_ASSIGN_OR_RETURN(const auto message, Parsed<v1::RecordedUser>(bytes));
  return UserOf(message);
}

Bytes EncodeHost(const HostState& host) {
  v1::RecordedHost message;
  Put(host, message);
  return Serialized(message);
}

absl::StatusOr<HostState> DecodeHost(BytesView bytes) {
  MAYFLY_ASSIGN_OR_RETURN(const auto message, Parsed<v1::RecordedHost>(bytes));
  return HostOf(message);
}

absl::StatusOr<DecisionState> DecodeDecision(BytesView bytes) {
  MAYFLY_ASSIGN_OR_RETURN(const auto event, Parsed<v1::LedgerEvent>(bytes));
  DecisionState state;
  MAYFLY_ASSIGN_OR_RETURN(state.subject, SubjectOf(event.subject()));
  if (event.has_denial()) {
    MAYFLY_ASSIGN_OR_RETURN(
        state.decision, DecisionOf(event.denial().decision(), KindOf(event.denial().request())));
    return state;
  }
  if (event.issuance().issuances().empty()) return InvalidArgument("the event is no decision");
  const v1::RecordedIssuance& first = event.issuance().issuances(0);
  state.serial = ssh::Serial{first.serial()};
  MAYFLY_ASSIGN_OR_RETURN(state.decision, DecisionOf(first.decision(), KindOf(first.request())));
  return state;
}

}  // namespace mayfly::ledger
