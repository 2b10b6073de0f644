// Events and records of approvals and reviews.
#include <utility>

#include "ca/ledger/event_codec.h"
#include "ca/ledger/event_parts.h"

namespace mayfly::ledger {

EncodedEvent EncodeRequestFiled(const FilingRecord& filing, const FiledState& state,
                                absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event =
      Started(arena, filing.call.request_id, filing.identity.subject.ToString(), now);
  v1::RequestFiledEvent& out = *event.mutable_request_filed();
  Put(filing.call, *out.mutable_call());
  Put(filing.identity, *out.mutable_identity());
  Put(filing.request, *out.mutable_request());
  Put(model::Decision(filing.pending), *out.mutable_decision());
  out.set_number(state.number);
  out.set_digest(state.digest);
  Put(state.expires_at, *out.mutable_expires_at());
  PutFacts(filing.facts, filing.decided_at, *out.mutable_facts());
  return Finished(event, TypeClass::kDenial, "request_filed", now);
}

EncodedEvent EncodeRequestApproved(const model::Call& call, const model::Identity& by,
                                   uint64_t number, const std::string& digest, absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, call.request_id, by.subject.ToString(), now);
  v1::RequestApprovedEvent& out = *event.mutable_request_approved();
  Put(call, *out.mutable_call());
  Put(by, *out.mutable_by());
  out.set_number(number);
  out.set_digest(Utf8(digest));
  return Finished(event, TypeClass::kStanding, "request_approved", now);
}

EncodedEvent EncodeRequestClosed(const model::Call& call, const model::Identity& by,
                                 uint64_t number, Closing how, const std::string& word,
                                 absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, call.request_id, by.subject.ToString(), now);
  v1::RequestClosedEvent& out = *event.mutable_request_closed();
  Put(call, *out.mutable_call());
  Put(by, *out.mutable_by());
  out.set_number(number);
  out.set_how(std::string(ClosingName(how)));
  out.set_word(Utf8(word));
  return Finished(event, TypeClass::kStanding, "request_closed", now);
}

EncodedEvent EncodeBreakGlass(const IssuanceBatch& batch, const IssuanceRecord& issuance,
                              absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event =
      Started(arena, batch.call.request_id, batch.identity.subject.ToString(), now);
  v1::BreakGlassEvent& out = *event.mutable_break_glass();
  out.set_serial(issuance.body.serial.value);
  out.set_grant(Utf8(issuance.granted.terms.grant));
  for (const std::string& principal : issuance.body.principals) {
    out.add_principals(Utf8(principal));
  }
  out.set_reason(Utf8(issuance.request.ask.reason));
  return Finished(event, TypeClass::kNotice, "break_glass", now);
}

EncodedEvent EncodeReviewClosed(const model::Call& call, const model::Identity& by,
                                ssh::Serial serial, const std::string& word, absl::Time now) {
  EventArena arena;
  v1::LedgerEvent& event = Started(arena, call.request_id, by.subject.ToString(), now);
  v1::ReviewClosedEvent& out = *event.mutable_review_closed();
  Put(call, *out.mutable_call());
  Put(by, *out.mutable_by());
  out.set_serial(serial.value);
  out.set_word(Utf8(word));
  return Finished(event, TypeClass::kStanding, "review_closed", now);
}

Bytes EncodeFiled(const FiledState& state) {
  v1::RecordedFiling message;
  message.set_number(state.number);
  message.set_digest(state.digest);
  Put(state.filed_at, *message.mutable_filed_at());
  Put(state.expires_at, *message.mutable_expires_at());
  message.set_subject(state.subject.ToString());
  message.set_grant(Utf8(state.grant));
  message.set_request_id(Utf8(state.request_id));
  message.mutable_request()->set_kind(std::string(ssh::CertificateKindName(state.kind)));
  Put(state.ask, *message.mutable_request()->mutable_ask());
  return Serialized(message);
}

absl::StatusOr<FiledState> DecodeFiled(BytesView bytes) {
  MAYFLY_ASSIGN_OR_RETURN(const auto message, Parsed<v1::RecordedFiling>(bytes));
  FiledState state;
  state.number = message.number();
  state.digest = message.digest();
  MAYFLY_ASSIGN_OR_RETURN(state.subject, SubjectOf(message.subject()));
  state.grant = message.grant();
  state.kind = KindOf(message.request());
  MAYFLY_ASSIGN_OR_RETURN(state.ask, AskOf(message.request().ask()));
  state.filed_at = TimeOf(message.filed_at());
  state.expires_at = TimeOf(message.expires_at());
  state.request_id = message.request_id();
  return state;
}

Bytes EncodeApproval(const model::Approval& approval) {
  v1::RecordedApproval message;
  Put(approval, message);
  return Serialized(message);
}

absl::StatusOr<model::Approval> DecodeApproval(BytesView bytes) {
  MAYFLY_ASSIGN_OR_RETURN(const auto message, Parsed<v1::RecordedApproval>(bytes));
  return ApprovalOf(message);
}

}  // namespace mayfly::ledger
