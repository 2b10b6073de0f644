#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/recorded/parts_codec.h"
#include "fmt/format.h"

namespace mayfly::recorded {
namespace {

template <typename T>
absl::StatusOr<model::Fact<T>> FactOf(v1::FactState state, T value) {
  switch (state) {
    case v1::FACT_STATE_KNOWN:
      return model::Fact<T>::Known(std::move(value));
    case v1::FACT_STATE_ABSENT:
      return model::Fact<T>::Absent();
    case v1::FACT_STATE_UNKNOWN:
      return model::Fact<T>::Unknown();
    default:
      return Damaged("state of a fact", std::to_string(state));
  }
}

absl::StatusOr<model::Fact<bool>> FlagOf(const v1::RecordedFlag& in) {
  return FactOf(in.state(), in.value());
}

model::TokenUse TokenUseOf(const v1::RecordedToken& in) {
  model::TokenUse token;
  token.claim = in.claim();
  token.id = in.jti();
  token.expires_at = TimeOf(in.expires_at());
  if (in.same_key()) token.reuse = model::TokenReuse::kSameKey;
  return token;
}

absl::StatusOr<model::Proof> ProofOf(const std::string& text) {
  for (const model::Proof proof : model::AllProofs()) {
    if (text == model::ProofName(proof)) return proof;
  }
  return Damaged("proof", text);
}

model::Outcome OutcomeOf(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_HELD:
      return model::Outcome::kHeld;
    case v1::OUTCOME_UNKNOWN:
      return model::Outcome::kUnknown;
    default:
      return model::Outcome::kFailed;
  }
}

model::Trace TraceOf(const v1::Decision& in) {
  model::Trace trace;
  for (const v1::TraceStep& step : in.trace()) {
    model::TraceStep& out = trace.emplace_back();
    out.rule = step.rule();
    out.source = step.source();
    out.verdict = step.verdict();
    for (const v1::TraceCondition& condition : step.conditions()) {
      model::TraceCondition& one = out.conditions.emplace_back();
      one.condition = condition.condition();
      one.outcome = OutcomeOf(condition.outcome());
      one.detail = condition.detail();
    }
  }
  return trace;
}

absl::StatusOr<model::Terms> TermsOf(const v1::Terms& in, ssh::CertificateKind kind) {
  model::Terms terms;
  terms.kind = kind;
  terms.grant = in.grant();
  terms.principals = TextsOf(in.principals());
  terms.lifetime =
      absl::Seconds(in.lifetime().seconds()) + absl::Nanoseconds(in.lifetime().nanos());
  terms.extensions = TextsOf(in.extensions());
  if (!in.force_command().empty()) terms.force_command = in.force_command();
  MAYFLY_ASSIGN_OR_RETURN(terms.source_addresses, NetworksOf(in.source_addresses()));
  terms.verify_required = in.verify_required();
  for (const v1::CustomExtension& extension : in.custom_extensions()) {
    terms.custom_extensions[extension.name()] = extension.value();
  }
  return terms;
}

absl::StatusOr<model::Fact<IpAddress>> PeerOf(v1::FactState state, const std::string& text) {
  IpAddress peer;
  if (state == v1::FACT_STATE_KNOWN) {
    const absl::StatusOr<IpAddress> parsed = IpAddress::Parse(text);
    if (!parsed.ok()) return Damaged("address", text);
    peer = *parsed;
  }
  return FactOf(state, peer);
}

}  // namespace

absl::Status Damaged(std::string_view what, std::string_view found) {
  return DataLoss(fmt::format("a record of the ledger is damaged: {} '{}'", what,
                              EscapeForTerminal(found.substr(0, 80))));
}

std::vector<std::string> TextsOf(const Texts& in) { return {in.begin(), in.end()}; }

model::Labels PairsOf(const Pairs& in) {
  model::Labels labels;
  for (const v1::RecordedPair& pair : in) labels[pair.name()] = pair.value();
  return labels;
}

ssh::CertificateKind KindOf(const v1::RecordedRequest& in) {
  return in.kind() == ssh::CertificateKindName(ssh::CertificateKind::kHost)
             ? ssh::CertificateKind::kHost
             : ssh::CertificateKind::kUser;
}

absl::StatusOr<std::vector<IpNetwork>> NetworksOf(const Texts& in) {
  std::vector<IpNetwork> networks;
  for (const std::string& text : in) {
    const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(text);
    if (!network.ok()) return Damaged("network", text);
    networks.push_back(*network);
  }
  return networks;
}

absl::StatusOr<model::Subject> SubjectOf(const std::string& text) {
  absl::StatusOr<model::Subject> subject = model::Subject::Parse(text);
  if (!subject.ok()) return Damaged("subject", text);
  return subject;
}

absl::Time TimeOf(const google::protobuf::Timestamp& in) {
  return absl::FromUnixSeconds(in.seconds()) + absl::Nanoseconds(in.nanos());
}

absl::StatusOr<model::Identity> IdentityOf(const v1::RecordedIdentity& in) {
  model::Identity identity;
  MAYFLY_ASSIGN_OR_RETURN(identity.subject, SubjectOf(in.subject()));
  identity.authenticator = in.authenticator();
  MAYFLY_ASSIGN_OR_RETURN(identity.proof, ProofOf(in.proof()));
  identity.proof_key = in.proof_fingerprint();
  MAYFLY_ASSIGN_OR_RETURN(identity.groups,
                          FactOf(in.groups().state(), TextsOf(in.groups().values())));
  for (const v1::RecordedClaim& claim : in.claims()) {
    MAYFLY_ASSIGN_OR_RETURN(identity.claims[claim.name()], FactOf(claim.state(), claim.value()));
  }
  MAYFLY_ASSIGN_OR_RETURN(identity.labels,
                          FactOf(in.labels().state(), PairsOf(in.labels().labels())));
  if (in.has_hardware()) {
    MAYFLY_ASSIGN_OR_RETURN(identity.hardware,
                            FactOf(in.hardware().state(), in.hardware().value()));
  }
  identity.authenticated_at = TimeOf(in.authenticated_at());
  identity.until = in.has_until() ? TimeOf(in.until()) : absl::InfiniteFuture();
  identity.issuer = in.issuer();
  identity.issuer_subject = in.issuer_subject();
  if (in.has_user_present()) {
    MAYFLY_ASSIGN_OR_RETURN(identity.user_present, FlagOf(in.user_present()));
  }
  if (in.has_user_verified()) {
    MAYFLY_ASSIGN_OR_RETURN(identity.user_verified, FlagOf(in.user_verified()));
  }
  identity.bearer_digest = in.bearer_digest();
  if (in.has_token()) identity.token_use = TokenUseOf(in.token());
  return identity;
}

absl::StatusOr<model::Ask> AskOf(const v1::RecordedAsk& in) {
  model::Ask ask;
  if (in.has_grant()) ask.grant = in.grant();
  if (in.has_target_host()) ask.target_host = in.target_host();
  ask.logins = TextsOf(in.logins());
  ask.principals = TextsOf(in.principals());
  if (in.has_lifetime()) {
    ask.lifetime =
        absl::Seconds(in.lifetime().seconds()) + absl::Nanoseconds(in.lifetime().nanos());
  }
  if (in.choose_extensions()) ask.extensions = TextsOf(in.extensions());
  if (in.has_force_command()) ask.force_command = in.force_command();
  MAYFLY_ASSIGN_OR_RETURN(ask.source_addresses, NetworksOf(in.source_addresses()));
  ask.reason = in.reason();
  if (in.approved() != 0) ask.approved = in.approved();
  return ask;
}

absl::StatusOr<model::Request> RequestOf(const v1::RecordedRequest& in,
                                         const v1::RecordedCall& call) {
  absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseBlob(AsBytes(in.subject_key()));
  if (!key.ok()) return Damaged("key to be certified", Message(key.status()));
  MAYFLY_ASSIGN_OR_RETURN(model::Ask ask, AskOf(in.ask()));
  MAYFLY_ASSIGN_OR_RETURN(model::Fact<IpAddress> peer, PeerOf(call.peer_state(), call.peer()));
  return model::Request{KindOf(in), *std::move(key), std::move(ask), std::move(peer),
                        in.hostname()};
}

absl::StatusOr<model::Facts> FactsOf(const v1::RecordedFacts& in) {
  model::Facts facts;
  facts.generation = in.generation();
  facts.epoch = in.epoch();
  facts.key_owner = in.key_owner();
  facts.subject_banned = in.subject_banned();
  facts.key_revoked = in.key_revoked();
  MAYFLY_ASSIGN_OR_RETURN(facts.target_labels,
                          FactOf(in.target_labels().state(), PairsOf(in.target_labels().labels())));
  if (!in.has_filed()) return facts;
  model::FiledRequest& filed = facts.filed.emplace();
  filed.number = in.filed().number();
  filed.digest = in.filed().digest();
  filed.filed_at = TimeOf(in.filed().filed_at());
  filed.open = in.filed().open();
  filed.uses = in.filed().uses();
  for (const v1::RecordedApproval& approval : in.filed().approvals()) {
    MAYFLY_ASSIGN_OR_RETURN(filed.approvals.emplace_back(), ApprovalOf(approval));
  }
  return facts;
}

absl::StatusOr<model::Approval> ApprovalOf(const v1::RecordedApproval& in) {
  model::Approval approval;
  MAYFLY_ASSIGN_OR_RETURN(approval.approver, IdentityOf(in.approver()));
  MAYFLY_ASSIGN_OR_RETURN(approval.peer, PeerOf(in.peer_state(), in.peer()));
  approval.at = TimeOf(in.at());
  return approval;
}

absl::StatusOr<model::Decision> DecisionOf(const v1::Decision& in, ssh::CertificateKind kind) {
  if (in.pending()) {
    model::Pending pending;
    MAYFLY_ASSIGN_OR_RETURN(pending.terms, TermsOf(in.terms(), kind));
    for (const v1::ApprovalNeed& need : in.needs()) {
      pending.needs.push_back({need.count(), need.from(), TextsOf(need.approved_by())});
    }
    pending.within = absl::Seconds(in.approve_within().seconds());
    pending.policy_hash = in.policy_hash();
    pending.trace = TraceOf(in);
    return model::Decision(std::move(pending));
  }
  if (!in.granted()) {
    model::Denied denied;
    denied.rule = in.rule();
    denied.message = in.message();
    denied.policy_hash = in.policy_hash();
    denied.trace = TraceOf(in);
    return model::Decision(std::move(denied));
  }
  model::Granted granted;
  MAYFLY_ASSIGN_OR_RETURN(granted.terms, TermsOf(in.terms(), kind));
  granted.policy_hash = in.policy_hash();
  granted.break_glass = in.break_glass();
  if (in.approved() != 0) granted.approval = model::ApprovalUse{in.approved(), true};
  granted.trace = TraceOf(in);
  return model::Decision(std::move(granted));
}

}  // namespace mayfly::recorded
