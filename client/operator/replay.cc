#include "client/operator/replay.h"

#include <map>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/text.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/login/caller.h"
#include "client/policy/loaded_set.h"
#include "client/policy/recorded.h"
#include "client/print.h"
#include "client/rpc/proto_time.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// What was read, and what could not be repeated.
struct History {
  std::vector<RecordedDecision> decisions;
  std::vector<model::Identity> identities;
  size_t not_by_policy = 0;
  size_t without_facts = 0;
};

absl::StatusOr<absl::Time> SinceOf(const Context& context, const std::string& text) {
  const absl::StatusOr<absl::Duration> ago = ParseDuration(text);
  if (ago.ok()) return context.clock.Now() - *ago;
  absl::StatusOr<absl::Time> time = ParseTime(text);
  if (time.ok()) return time;
  return Failure(ExitCode::kUsage,
                 fmt::format("--since {}: expected a duration such as 30d, or a time such as "
                             "2026-11-23T09:18:00Z",
                             EscapeForTerminal(text.substr(0, 64))));
}

absl::Status Add(const v1::RecordedEvent& event, History* history) {
  MAYFLY_ASSIGN_OR_RETURN(RecordedEvents read, ReadRecorded(event.sequence(), event.event()));
  if (read.identity) history->identities.push_back(*std::move(read.identity));
  history->not_by_policy += read.not_by_policy ? 1 : 0;
  history->without_facts += read.without_facts ? 1 : 0;
  for (RecordedDecision& decision : read.decisions) {
    history->decisions.push_back(std::move(decision));
  }
  return absl::OkStatus();
}

absl::StatusOr<History> Fetch(const Context& context, absl::Time since) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  History history;
  int64_t after = 0;
  do {
    v1::CallDocument document;
    v1::ListRecorded& query = *document.mutable_list_recorded();
    query.set_after_sequence(after);
    ToProto(since, query.mutable_since());
    MAYFLY_ASSIGN_OR_RETURN(const v1::ListRecordedResponse page,
                            caller.Call(&CaClient::ListRecorded, document));
    for (const v1::RecordedEvent& event : page.events()) {
      MAYFLY_RETURN_IF_ERROR(Add(event, &history));
    }
    // A CA that does not go on must not keep us for ever.
    if (page.next_after_sequence() != 0 && page.next_after_sequence() <= after) {
      return Failure(ExitCode::kInternal, "the CA repeats what it has told already");
    }
    after = page.next_after_sequence();
  } while (after != 0);
  return history;
}

void PrintText(const Context& context, const History& history,
               const std::vector<ChangedAnswer>& changed) {
  for (const AlikeAnswers& alike : GroupAnswers(changed)) {
    const RecordedDecision& decision = *alike.first->decision;
    const Answer& now = alike.first->now;
    const std::string more = alike.count == 1 ? ""
                                              : fmt::format(", and {} more until {}",
                                                            alike.count - 1, TimeText(alike.last));
    context.out << fmt::format("{}  {} asked for {} (request {}{})\n", TimeText(decision.time),
                               EscapeForTerminal(decision.situation.identity.subject.ToString()),
                               AskedText(decision), EscapeForTerminal(decision.request_id), more);
    context.out << "  was: " << AnswerText(decision.answer) << TermsText(decision.answer, now)
                << '\n';
    context.out << "  now: " << AnswerText(now) << TermsText(now, decision.answer) << '\n';
  }
  context.out << fmt::format("{} request{} decided again, {} answer{} differ{}\n",
                             history.decisions.size(), history.decisions.size() == 1 ? "" : "s",
                             changed.size(), changed.size() == 1 ? "" : "s",
                             changed.size() == 1 ? "s" : "");
  if (history.without_facts > 0) {
    context.Say(fmt::format("{} older refusals were recorded without what they rested on",
                            history.without_facts));
  }
}

nlohmann::ordered_json AnswerJson(const Answer& answer) {
  nlohmann::ordered_json json = {{"granted", answer.kind == Answer::Kind::kGranted},
                                 {"pending", answer.kind == Answer::Kind::kWaits},
                                 {"rule", answer.rule}};
  if (answer.kind == Answer::Kind::kRefused) {
    json["message"] = answer.message;
    return json;
  }
  if (answer.kind == Answer::Kind::kWaits) json["approvals"] = answer.approvals;
  json["principals"] = answer.terms.principals;
  json["lifetime_seconds"] = absl::ToInt64Seconds(answer.terms.lifetime);
  json["extensions"] = answer.terms.extensions;
  return json;
}

void PrintAsJson(const Context& context, const History& history,
                 const std::vector<ChangedAnswer>& changed) {
  nlohmann::ordered_json json = {{"decided", history.decisions.size()},
                                 {"without_facts", history.without_facts},
                                 {"not_by_policy", history.not_by_policy},
                                 {"changed", nlohmann::ordered_json::array()}};
  for (const ChangedAnswer& one : changed) {
    const RecordedDecision& decision = *one.decision;
    json["changed"].push_back({{"sequence", std::to_string(decision.sequence)},
                               {"time", TimeText(decision.time)},
                               {"request_id", decision.request_id},
                               {"subject", decision.situation.identity.subject.ToString()},
                               {"asked", AskedText(decision)},
                               {"was", AnswerJson(decision.answer)},
                               {"now", AnswerJson(one.now)}});
  }
  PrintJson(context, json);
}

}  // namespace

ExitCode ReplayDecisions(const Context& context, const ReplayOptions& options) {
  const absl::StatusOr<LoadedSet> set = LoadSet(options.folder);
  if (!set.ok()) return context.Report(set.status());
  const absl::StatusOr<absl::Time> since = SinceOf(context, options.since);
  if (!since.ok()) return context.Report(since.status());
  const absl::StatusOr<History> history = Fetch(context, *since);
  if (!history.ok()) return context.Report(history.status());
  const std::vector<ChangedAnswer> changed = Replay(*set->policy, history->decisions);
  if (context.json) {
    PrintAsJson(context, *history, changed);
  } else {
    PrintText(context, *history, changed);
  }
  return changed.empty() ? ExitCode::kOk : ExitCode::kNo;
}

absl::StatusOr<std::vector<model::Identity>> RecordedIdentities(const Context& context,
                                                                const std::string& since) {
  MAYFLY_ASSIGN_OR_RETURN(const absl::Time time, SinceOf(context, since));
  MAYFLY_ASSIGN_OR_RETURN(const History history, Fetch(context, time));
  // The newest of each: groups change.
  std::map<std::pair<std::string, std::string>, model::Identity> newest;
  for (const model::Identity& identity : history.identities) {
    if (identity.proof == model::Proof::kLocal) continue;
    if (identity.subject.kind != model::SubjectKind::kUser) continue;
    newest[{identity.subject.ToString(), identity.authenticator}] = identity;
  }
  std::vector<model::Identity> identities;
  for (auto& [name, identity] : newest) identities.push_back(std::move(identity));
  return identities;
}

}  // namespace mayfly::client
