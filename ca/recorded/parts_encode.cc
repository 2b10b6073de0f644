#include "base/status.h"
#include "base/text.h"
#include "ca/recorded/parts_codec.h"

namespace mayfly::recorded {
namespace {

template <typename T>
v1::FactState StateOf(const model::Fact<T>& fact) {
  if (fact.known()) return v1::FACT_STATE_KNOWN;
  return fact.absent() ? v1::FACT_STATE_ABSENT : v1::FACT_STATE_UNKNOWN;
}

void PutLabels(const model::Fact<model::Labels>& labels, v1::RecordedLabels& out) {
  out.set_state(StateOf(labels));
  if (labels.known()) PutPairs(labels.value(), *out.mutable_labels());
}

// An absent flag is an unset one, as in records from before the flag was known.
void PutFlag(const model::Fact<bool>& flag, v1::RecordedFlag* (v1::RecordedIdentity::*field)(),
             v1::RecordedIdentity& out) {
  if (flag.absent()) return;
  v1::RecordedFlag& message = *(out.*field)();
  message.set_state(StateOf(flag));
  if (flag.known()) message.set_value(flag.value());
}

void PutToken(const model::TokenUse& token, v1::RecordedIdentity& out) {
  if (token.claim.empty()) return;
  v1::RecordedToken& message = *out.mutable_token();
  message.set_claim(Utf8(token.claim));
  message.set_jti(Utf8(token.id));
  Put(token.expires_at, *message.mutable_expires_at());
  message.set_same_key(token.reuse == model::TokenReuse::kSameKey);
}

void PutDocument(BytesView document, const std::vector<Bytes>& signatures,
                 v1::RecordedDocument& out) {
  out.set_document(Blob(document));
  for (const Bytes& signature : signatures) out.add_signatures(Blob(signature));
}

void PutDuration(absl::Duration duration, google::protobuf::Duration& out) {
  absl::Duration rest;
  out.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

v1::Outcome OutcomeOf(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::kHeld:
      return v1::OUTCOME_HELD;
    case model::Outcome::kFailed:
      return v1::OUTCOME_FAILED;
    case model::Outcome::kUnknown:
      return v1::OUTCOME_UNKNOWN;
  }
  return v1::OUTCOME_UNSPECIFIED;
}

void PutTerms(const model::Terms& terms, v1::Terms& out) {
  out.set_grant(Utf8(terms.grant));
  PutTexts(terms.principals, *out.mutable_principals());
  PutDuration(terms.lifetime, *out.mutable_lifetime());
  PutTexts(terms.extensions, *out.mutable_extensions());
  if (terms.force_command) out.set_force_command(Utf8(*terms.force_command));
  PutNetworks(terms.source_addresses, *out.mutable_source_addresses());
  out.set_verify_required(terms.verify_required);
  for (const auto& [name, value] : terms.custom_extensions) {
    v1::CustomExtension& extension = *out.add_custom_extensions();
    extension.set_name(Utf8(name));
    extension.set_value(Utf8(value));
  }
}

}  // namespace

std::string Utf8(std::string_view text) {
  return IsValidUtf8(text) ? std::string(text) : EscapeForTerminal(text);
}

std::string Blob(BytesView bytes) { return ToText(bytes); }

void PutTexts(const std::vector<std::string>& texts, Texts& out) {
  for (const std::string& text : texts) out.Add(Utf8(text));
}

void PutNetworks(const std::vector<IpNetwork>& networks, Texts& out) {
  for (const IpNetwork& network : networks) out.Add(network.ToString());
}

void PutPairs(const model::Labels& labels, Pairs& out) {
  for (const auto& [name, value] : labels) {
    v1::RecordedPair& pair = *out.Add();
    pair.set_name(Utf8(name));
    pair.set_value(Utf8(value));
  }
}

void Put(absl::Time time, google::protobuf::Timestamp& out) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  const absl::Duration rest = time - absl::FromUnixSeconds(seconds);
  out.set_seconds(seconds);
  if (rest < absl::Seconds(1)) {  // An infinite time has an infinite rest.
    out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  }
}

void Put(const model::Call& call, v1::RecordedCall& out) {
  out.set_method(Utf8(call.method));
  PutDocument(call.document, call.signatures, *out.add_documents());
  for (const model::SignedDocument& further : call.further) {
    PutDocument(further.document, further.signatures, *out.add_documents());
  }
  out.set_peer_state(StateOf(call.peer));
  if (call.peer.known()) out.set_peer(call.peer.value().ToString());
  Put(call.received_at, *out.mutable_received_at());
}

void Put(const model::Identity& identity, v1::RecordedIdentity& out) {
  out.set_subject(identity.subject.ToString());
  out.set_authenticator(Utf8(identity.authenticator));
  out.set_proof(std::string(model::ProofName(identity.proof)));
  out.set_proof_fingerprint(Utf8(identity.proof_key));
  out.mutable_groups()->set_state(StateOf(identity.groups));
  if (identity.groups.known()) {
    PutTexts(identity.groups.value(), *out.mutable_groups()->mutable_values());
  }
  for (const auto& [name, value] : identity.claims) {
    v1::RecordedClaim& claim = *out.add_claims();
    claim.set_name(Utf8(name));
    claim.set_state(StateOf(value));
    if (value.known()) claim.set_value(Utf8(value.value()));
  }
  PutLabels(identity.labels, *out.mutable_labels());
  if (!identity.hardware.absent()) {
    out.mutable_hardware()->set_state(StateOf(identity.hardware));
    out.mutable_hardware()->set_value(identity.hardware.known() && identity.hardware.value());
  }
  Put(identity.authenticated_at, *out.mutable_authenticated_at());
  if (identity.until != absl::InfiniteFuture()) Put(identity.until, *out.mutable_until());
  out.set_issuer(Utf8(identity.issuer));
  out.set_issuer_subject(Utf8(identity.issuer_subject));
  PutFlag(identity.user_present, &v1::RecordedIdentity::mutable_user_present, out);
  PutFlag(identity.user_verified, &v1::RecordedIdentity::mutable_user_verified, out);
  out.set_bearer_digest(Utf8(identity.bearer_digest));
  PutToken(identity.token_use, out);
}

void Put(const model::Ask& ask, v1::RecordedAsk& out) {
  if (ask.grant) out.set_grant(Utf8(*ask.grant));
  if (ask.target_host) out.set_target_host(Utf8(*ask.target_host));
  PutTexts(ask.logins, *out.mutable_logins());
  PutTexts(ask.principals, *out.mutable_principals());
  if (ask.lifetime) PutDuration(*ask.lifetime, *out.mutable_lifetime());
  out.set_choose_extensions(ask.extensions.has_value());
  if (ask.extensions) PutTexts(*ask.extensions, *out.mutable_extensions());
  if (ask.force_command) out.set_force_command(Utf8(*ask.force_command));
  PutNetworks(ask.source_addresses, *out.mutable_source_addresses());
  out.set_reason(Utf8(ask.reason));
  out.set_approved(ask.approved.value_or(0));
}

void Put(const model::Request& request, v1::RecordedRequest& out) {
  out.set_kind(std::string(ssh::CertificateKindName(request.kind)));
  out.set_subject_key(Blob(request.key.blob()));
  out.set_hostname(Utf8(request.hostname));
  Put(request.ask, *out.mutable_ask());
}

void Put(const model::Facts& facts, v1::RecordedFacts& out) {
  out.set_generation(facts.generation);
  out.set_epoch(facts.epoch);
  out.set_key_owner(Utf8(facts.key_owner));
  out.set_subject_banned(facts.subject_banned);
  out.set_key_revoked(facts.key_revoked);
  PutLabels(facts.target_labels, *out.mutable_target_labels());
  if (!facts.filed) return;
  v1::RecordedFiling& filed = *out.mutable_filed();
  filed.set_number(facts.filed->number);
  filed.set_digest(facts.filed->digest);
  Put(facts.filed->filed_at, *filed.mutable_filed_at());
  filed.set_open(facts.filed->open);
  filed.set_uses(facts.filed->uses);
  for (const model::Approval& approval : facts.filed->approvals) {
    Put(approval, *filed.add_approvals());
  }
}

void PutTrace(const model::Trace& trace, Steps& out) {
  for (const model::TraceStep& step : trace) {
    v1::TraceStep& put = *out.Add();
    put.set_rule(Utf8(step.rule));
    put.set_source(Utf8(step.source));
    put.set_verdict(Utf8(step.verdict));
    for (const model::TraceCondition& condition : step.conditions) {
      v1::TraceCondition& one = *put.add_conditions();
      one.set_condition(Utf8(condition.condition));
      one.set_outcome(OutcomeOf(condition.outcome));
      one.set_detail(Utf8(condition.detail));
    }
  }
}

void PutVerdict(const model::Granted& granted, v1::Decision& out) {
  out.set_granted(true);
  PutTerms(granted.terms, *out.mutable_terms());
  out.set_policy_hash(Utf8(granted.policy_hash));
  out.set_break_glass(granted.break_glass);
  if (granted.approval) out.set_approved(granted.approval->number);
}

void Put(const model::Granted& granted, v1::Decision& out) {
  PutVerdict(granted, out);
  PutTrace(granted.trace, *out.mutable_trace());
}

void Put(const model::ApprovalNeed& need, v1::ApprovalNeed& out) {
  out.set_count(need.count);
  out.set_from(Utf8(need.from));
  PutTexts(need.approved_by, *out.mutable_approved_by());
}

void Put(const model::Pending& pending, v1::Decision& out) {
  out.set_pending(true);
  PutTerms(pending.terms, *out.mutable_terms());
  out.set_policy_hash(Utf8(pending.policy_hash));
  PutDuration(pending.within, *out.mutable_approve_within());
  for (const model::ApprovalNeed& need : pending.needs) Put(need, *out.add_needs());
  PutTrace(pending.trace, *out.mutable_trace());
}

void Put(const model::Decision& decision, v1::Decision& out) {
  if (const auto* granted = std::get_if<model::Granted>(&decision)) return Put(*granted, out);
  if (const auto* pending = std::get_if<model::Pending>(&decision)) return Put(*pending, out);
  const auto& denied = std::get<model::Denied>(decision);
  out.set_rule(Utf8(denied.rule));
  out.set_message(Utf8(denied.message));
  out.set_policy_hash(Utf8(denied.policy_hash));
  PutTrace(denied.trace, *out.mutable_trace());
}

void Put(const model::Approval& approval, v1::RecordedApproval& out) {
  Put(approval.approver, *out.mutable_approver());
  out.set_peer_state(StateOf(approval.peer));
  if (approval.peer.known()) out.set_peer(approval.peer.value().ToString());
  Put(approval.at, *out.mutable_at());
}

}  // namespace mayfly::recorded
