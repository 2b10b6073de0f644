#include "client/policy/recorded.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/policy/decide.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"
#include "mayfly/v1/ledger.pb.h"

namespace mayfly::client {
namespace {

template <typename Repeated>
std::vector<std::string> Strings(const Repeated& values) {
  return std::vector<std::string>(values.begin(), values.end());
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

template <typename T>
model::Fact<T> FactOf(v1::FactState state, T value) {
  if (state == v1::FACT_STATE_KNOWN) return model::Fact<T>::Known(std::move(value));
  if (state == v1::FACT_STATE_UNKNOWN) return model::Fact<T>::Unknown();
  return model::Fact<T>::Absent();
}

model::Labels PairsOf(const google::protobuf::RepeatedPtrField<v1::RecordedPair>& pairs) {
  model::Labels labels;
  for (const v1::RecordedPair& pair : pairs) labels[pair.name()] = pair.value();
  return labels;
}

model::Proof ProofOf(const std::string& name) {
  for (const model::Proof proof :
       {model::Proof::kSshKey, model::Proof::kJoinToken, model::Proof::kSession,
        model::Proof::kHostKey, model::Proof::kLocal}) {
    if (model::ProofName(proof) == name) return proof;
  }
  return model::Proof::kSshKey;  // Policies do not look at it.
}

absl::StatusOr<model::Identity> IdentityOf(const v1::RecordedIdentity& in) {
  model::Identity identity;
  MAYFLY_ASSIGN_OR_RETURN(identity.subject, model::Subject::Parse(in.subject()));
  identity.authenticator = in.authenticator();
  identity.proof = ProofOf(in.proof());
  identity.proof_key = in.proof_fingerprint();
  identity.groups = FactOf(in.groups().state(), Strings(in.groups().values()));
  for (const v1::RecordedClaim& claim : in.claims()) {
    identity.claims[claim.name()] = FactOf(claim.state(), claim.value());
  }
  identity.labels = FactOf(in.labels().state(), PairsOf(in.labels().labels()));
  identity.authenticated_at = TimeOf(in.authenticated_at());
  identity.until = in.has_until() ? TimeOf(in.until()) : absl::InfiniteFuture();
  return identity;
}

absl::StatusOr<model::Ask> AskOf(const v1::RecordedAsk& in) {
  model::Ask ask;
  if (in.has_grant()) ask.grant = in.grant();
  if (in.has_target_host()) ask.target_host = in.target_host();
  ask.logins = Strings(in.logins());
  ask.principals = Strings(in.principals());
  if (in.has_lifetime()) {
    ask.lifetime =
        absl::Seconds(in.lifetime().seconds()) + absl::Nanoseconds(in.lifetime().nanos());
  }
  if (in.choose_extensions()) ask.extensions = Strings(in.extensions());
  if (in.has_force_command()) ask.force_command = in.force_command();
  for (const std::string& text : in.source_addresses()) {
    MAYFLY_ASSIGN_OR_RETURN(const IpNetwork network, IpNetwork::Parse(text));
    ask.source_addresses.push_back(network);
  }
  ask.reason = in.reason();
  return ask;
}

absl::StatusOr<model::Fact<IpAddress>> PeerOf(const v1::RecordedCall& call) {
  if (call.peer_state() != v1::FACT_STATE_KNOWN) return FactOf(call.peer_state(), IpAddress());
  MAYFLY_ASSIGN_OR_RETURN(const IpAddress address, IpAddress::Parse(call.peer()));
  return model::Fact<IpAddress>::Known(address);
}

absl::StatusOr<model::Request> RequestOf(const v1::RecordedRequest& in,
                                         const v1::RecordedCall& call) {
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey key, ssh::PublicKey::ParseBlob(AsBytes(in.subject_key())));
  MAYFLY_ASSIGN_OR_RETURN(model::Ask ask, AskOf(in.ask()));
  MAYFLY_ASSIGN_OR_RETURN(model::Fact<IpAddress> peer, PeerOf(call));
  const bool host = in.kind() == ssh::CertificateKindName(ssh::CertificateKind::kHost);
  return model::Request{host ? ssh::CertificateKind::kHost : ssh::CertificateKind::kUser,
                        std::move(key), std::move(ask), std::move(peer), in.hostname()};
}

model::Facts FactsOf(const v1::RecordedFacts& in) {
  model::Facts facts;
  facts.generation = in.generation();
  facts.epoch = in.epoch();
  facts.key_owner = in.key_owner();
  facts.subject_banned = in.subject_banned();
  facts.key_revoked = in.key_revoked();
  facts.target_labels = FactOf(in.target_labels().state(), PairsOf(in.target_labels().labels()));
  return facts;
}

Answer AnswerOf(const v1::Decision& in) {
  Answer answer;
  answer.granted = in.granted();
  answer.rule = in.granted() ? "grant " + in.terms().grant() : in.rule();
  answer.message = in.message();
  model::Terms& terms = answer.terms;
  terms.grant = in.terms().grant();
  terms.principals = Strings(in.terms().principals());
  terms.lifetime = absl::Seconds(in.terms().lifetime().seconds());
  terms.extensions = Strings(in.terms().extensions());
  if (!in.terms().force_command().empty()) terms.force_command = in.terms().force_command();
  for (const std::string& text : in.terms().source_addresses()) {
    if (const auto network = IpNetwork::Parse(text); network.ok()) {
      terms.source_addresses.push_back(*network);
    }
  }
  terms.verify_required = in.terms().verify_required();
  for (const v1::CustomExtension& extension : in.terms().custom_extensions()) {
    terms.custom_extensions[extension.name()] = extension.value();
  }
  return answer;
}

Answer AnswerOf(const model::Decision& decision) {
  Answer answer;
  if (const auto* granted = std::get_if<model::Granted>(&decision)) {
    answer.granted = true;
    answer.rule = "grant " + granted->terms.grant;
    answer.terms = granted->terms;
    return answer;
  }
  const auto* denied = std::get_if<model::Denied>(&decision);
  answer.rule = denied != nullptr ? denied->rule : "approval";
  answer.message = denied != nullptr ? denied->message : "it waits for approval";
  return answer;
}

bool Same(const Answer& a, const Answer& b) {
  if (a.granted != b.granted) return false;
  if (!a.granted) return true;
  model::Terms other = b.terms;
  other.kind = a.terms.kind;  // Of the same request.
  return a.terms == other;
}

// Refusals that hold whatever policies say: the issuer's, not the policy's own built-in rules.
bool IsHardRule(const std::string& rule) {
  return rule == "built-in: subject key" || rule == "built-in: claims";
}

class EventReader {
 public:
  EventReader(int64_t sequence, const v1::LedgerEvent& event)
      : sequence_(sequence), event_(event) {}

  absl::StatusOr<RecordedEvents> Read() {
    if (event_.has_issuance()) return ReadIssuance(event_.issuance());
    if (event_.has_denial()) return ReadDenial(event_.denial());
    RecordedEvents read;
    if (event_.has_session_started()) {
      MAYFLY_ASSIGN_OR_RETURN(read.identity, IdentityOf(event_.session_started().identity()));
    }
    return read;
  }

 private:
  absl::StatusOr<RecordedEvents> ReadIssuance(const v1::IssuanceEvent& in) const {
    RecordedEvents read;
    MAYFLY_ASSIGN_OR_RETURN(read.identity, IdentityOf(in.identity()));
    for (const v1::RecordedIssuance& issuance : in.issuances()) {
      MAYFLY_ASSIGN_OR_RETURN(model::Request request, RequestOf(issuance.request(), in.call()));
      read.decisions.push_back(Make(*read.identity, std::move(request), issuance.facts(),
                                    AnswerOf(issuance.decision())));
    }
    return read;
  }

  absl::StatusOr<RecordedEvents> ReadDenial(const v1::DenialEvent& in) const {
    RecordedEvents read;
    MAYFLY_ASSIGN_OR_RETURN(read.identity, IdentityOf(in.identity()));
    read.not_by_policy = !in.has_request() || IsHardRule(in.decision().rule());
    read.without_facts = !read.not_by_policy && !in.has_facts();
    if (read.not_by_policy || read.without_facts) return read;
    MAYFLY_ASSIGN_OR_RETURN(model::Request request, RequestOf(in.request(), in.call()));
    read.decisions.push_back(
        Make(*read.identity, std::move(request), in.facts(), AnswerOf(in.decision())));
    return read;
  }

  RecordedDecision Make(const model::Identity& identity, model::Request request,
                        const v1::RecordedFacts& facts, Answer answer) const {
    return RecordedDecision{
        sequence_, TimeOf(event_.time()), event_.request_id(),
        policy::Situation{identity, std::move(request), FactsOf(facts), TimeOf(event_.time())},
        std::move(answer)};
  }

  const int64_t sequence_;
  const v1::LedgerEvent& event_;
};

}  // namespace

std::string AnswerText(const Answer& answer) {
  if (!answer.granted) {
    return fmt::format("refused by {}: {}", EscapeForTerminal(answer.rule),
                       EscapeForTerminal(answer.message));
  }
  return fmt::format("granted by {}: {} for {}", EscapeForTerminal(answer.rule),
                     policy::Shown(answer.terms.principals), DurationText(answer.terms.lifetime));
}

absl::StatusOr<RecordedEvents> ReadRecorded(int64_t sequence, std::string_view event) {
  v1::LedgerEvent message;
  if (!message.ParseFromArray(event.data(), static_cast<int>(event.size()))) {
    return DataLoss(fmt::format("event {} is damaged", sequence));
  }
  absl::StatusOr<RecordedEvents> read = EventReader(sequence, message).Read();
  if (!read.ok()) {
    return DataLoss(fmt::format("event {}: {}", sequence, Message(read.status())));
  }
  return read;
}

std::vector<ChangedAnswer> Replay(const policy::PolicySet& policy,
                                  const std::vector<RecordedDecision>& decisions) {
  std::vector<ChangedAnswer> changed;
  for (const RecordedDecision& decision : decisions) {
    Answer now = AnswerOf(policy::Decide(policy, decision.situation));
    if (!Same(decision.answer, now)) changed.push_back(ChangedAnswer{&decision, std::move(now)});
  }
  return changed;
}

}  // namespace mayfly::client
