#include "client/policy/recorded.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/policy/decide.h"
#include "ca/policy/finding.h"
#include "ca/recorded/parts_codec.h"
#include "client/print.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "mayfly/v1/ledger.pb.h"

namespace mayfly::client {
namespace {

std::vector<std::string> Places(const std::vector<model::ApprovalNeed>& needs) {
  std::vector<std::string> places;
  for (const model::ApprovalNeed& need : needs) {
    places.push_back(fmt::format("{} from {}", need.count, need.from));
  }
  return places;
}

Answer AnswerOf(const model::Decision& decision) {
  Answer answer;
  if (const auto* granted = std::get_if<model::Granted>(&decision)) {
    answer.kind = Answer::Kind::kGranted;
    answer.terms = granted->terms;
  } else if (const auto* pending = std::get_if<model::Pending>(&decision)) {
    answer.kind = Answer::Kind::kWaits;
    answer.terms = pending->terms;
    answer.approvals = Places(pending->needs);
  } else {
    const auto& denied = std::get<model::Denied>(decision);
    answer.rule = denied.rule;
    answer.message = denied.message;
  }
  if (answer.kind != Answer::Kind::kRefused) answer.rule = "grant " + answer.terms.grant;
  return answer;
}

bool Same(const Answer& a, const Answer& b) {
  if (a.kind != b.kind) return false;
  return a.kind == Answer::Kind::kRefused || (a.terms == b.terms && a.approvals == b.approvals);
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
    if (event_.has_request_filed()) return ReadFiled(event_.request_filed());
    RecordedEvents read;
    if (event_.has_session_started()) {
      MAYFLY_ASSIGN_OR_RETURN(read.identity,
                              recorded::IdentityOf(event_.session_started().identity()));
    }
    return read;
  }

 private:
  absl::StatusOr<RecordedEvents> ReadIssuance(const v1::IssuanceEvent& in) const {
    RecordedEvents read;
    MAYFLY_ASSIGN_OR_RETURN(read.identity, recorded::IdentityOf(in.identity()));
    for (const v1::RecordedIssuance& issuance : in.issuances()) {
      MAYFLY_RETURN_IF_ERROR(
          Add(in.call(), issuance.request(), issuance.facts(), issuance.decision(), &read));
    }
    return read;
  }

  absl::StatusOr<RecordedEvents> ReadDenial(const v1::DenialEvent& in) const {
    RecordedEvents read;
    MAYFLY_ASSIGN_OR_RETURN(read.identity, recorded::IdentityOf(in.identity()));
    read.not_by_policy = !in.has_request() || IsHardRule(in.decision().rule());
    read.without_facts = !read.not_by_policy && !in.has_facts();
    if (read.not_by_policy || read.without_facts) return read;
    MAYFLY_RETURN_IF_ERROR(Add(in.call(), in.request(), in.facts(), in.decision(), &read));
    return read;
  }

  absl::StatusOr<RecordedEvents> ReadFiled(const v1::RequestFiledEvent& in) const {
    RecordedEvents read;
    MAYFLY_ASSIGN_OR_RETURN(read.identity, recorded::IdentityOf(in.identity()));
    read.without_facts = !in.has_facts();
    if (read.without_facts) return read;
    MAYFLY_RETURN_IF_ERROR(Add(in.call(), in.request(), in.facts(), in.decision(), &read));
    return read;
  }

  absl::Status Add(const v1::RecordedCall& call, const v1::RecordedRequest& request,
                   const v1::RecordedFacts& facts, const v1::Decision& decision,
                   RecordedEvents* read) const {
    MAYFLY_ASSIGN_OR_RETURN(model::Request asked, recorded::RequestOf(request, call));
    MAYFLY_ASSIGN_OR_RETURN(model::Facts known, recorded::FactsOf(facts));
    MAYFLY_ASSIGN_OR_RETURN(const model::Decision decided,
                            recorded::DecisionOf(decision, asked.kind));
    const absl::Time recorded_at = recorded::TimeOf(event_.time());
    const absl::Time decided_at =
        facts.has_decided_at() ? recorded::TimeOf(facts.decided_at()) : recorded_at;
    read->decisions.push_back(RecordedDecision{
        sequence_, recorded_at, event_.request_id(),
        policy::Situation{*read->identity, std::move(asked), std::move(known), decided_at},
        AnswerOf(decided)});
    return absl::OkStatus();
  }

  const int64_t sequence_;
  const v1::LedgerEvent& event_;
};

}  // namespace

std::string AskedText(const RecordedDecision& decision) {
  const model::Ask& ask = decision.situation.request.ask;
  std::string asked;
  const auto append = [&](std::string_view word, const std::string& value) {
    asked += fmt::format("{}{} {}", asked.empty() ? "" : ", ", word, value);
  };
  if (ask.grant) append("grant", EscapeForTerminal(*ask.grant));
  if (!ask.logins.empty()) append("login", ListText(ask.logins));
  if (ask.target_host) append("on", EscapeForTerminal(*ask.target_host));
  if (!ask.principals.empty()) append("names", ListText(ask.principals));
  if (ask.lifetime) append("for", DurationText(*ask.lifetime));
  return asked.empty() ? "nothing in particular" : asked;
}

std::string AnswerText(const Answer& answer) {
  if (answer.kind == Answer::Kind::kRefused) {
    return fmt::format("refused by {}: {}", EscapeForTerminal(answer.rule),
                       EscapeForTerminal(answer.message));
  }
  const std::string terms = fmt::format("{} for {}", policy::Shown(answer.terms.principals),
                                        DurationText(answer.terms.lifetime));
  if (answer.kind == Answer::Kind::kGranted) {
    return fmt::format("granted by {}: {}", EscapeForTerminal(answer.rule), terms);
  }
  return fmt::format("{} waits for approval by {}: {}", EscapeForTerminal(answer.rule),
                     EscapeForTerminal(fmt::format("{}", fmt::join(answer.approvals, " and "))),
                     terms);
}

std::string TermsText(const Answer& answer, const Answer& other) {
  if (answer.kind == Answer::Kind::kRefused || other.kind == Answer::Kind::kRefused) return "";
  const model::Terms& terms = answer.terms;
  const model::Terms& before = other.terms;
  std::string text;
  if (terms.extensions != before.extensions) {
    text += fmt::format("; extensions {}", policy::Shown(terms.extensions));
  }
  if (terms.custom_extensions != before.custom_extensions) {
    text += fmt::format("; custom extensions {}", policy::Shown(terms.custom_extensions));
  }
  if (terms.force_command != before.force_command) {
    text += terms.force_command ? "; only " + policy::Shown(*terms.force_command) : "; any command";
  }
  if (terms.source_addresses != before.source_addresses) {
    text += terms.source_addresses.empty()
                ? "; from anywhere"
                : fmt::format("; only from {}", policy::Shown(terms.source_addresses));
  }
  if (terms.verify_required != before.verify_required) {
    text += terms.verify_required ? "; PIN or fingerprint at each login" : "; without PIN";
  }
  return text;
}

std::vector<AlikeAnswers> GroupAnswers(const std::vector<ChangedAnswer>& changed) {
  std::vector<AlikeAnswers> groups;
  std::map<std::string, size_t> group_of;
  for (const ChangedAnswer& one : changed) {
    const RecordedDecision& decision = *one.decision;
    const std::string text = fmt::format(
        "{} {} {}{} {}{}", decision.situation.identity.subject.ToString(), AskedText(decision),
        AnswerText(decision.answer), TermsText(decision.answer, one.now), AnswerText(one.now),
        TermsText(one.now, decision.answer));
    const auto [at, added] = group_of.emplace(text, groups.size());
    if (added) groups.push_back({&one, 0, decision.time});
    AlikeAnswers& group = groups[at->second];
    ++group.count;
    group.last = std::max(group.last, decision.time);
  }
  return groups;
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
