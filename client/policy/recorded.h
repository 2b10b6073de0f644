// Decisions as the ledger recorded them, read back to be decided again.
#ifndef MAYFLY_CLIENT_POLICY_RECORDED_H_
#define MAYFLY_CLIENT_POLICY_RECORDED_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ca/model/decision.h"
#include "ca/policy/analysis/situation.h"
#include "ca/policy/policy_set.h"

namespace mayfly::client {

// The answer that one request got, reduced to what can be compared.
struct Answer {
  enum class Kind { kGranted, kWaits, kRefused };
  Kind kind = Kind::kRefused;
  std::string rule;                    // "grant x", or what refused.
  model::Terms terms;                  // Unless refused.
  std::vector<std::string> approvals;  // What it waits for: "1 from groups [sre-leads]".
  std::string message;                 // Of a refusal.
};
// "granted by grant x: root for 30m"; "grant x waits for approval by 1 from groups [sre-leads]:
// root for 30m"; "refused by …: …"
std::string AnswerText(const Answer& answer);
// "; extensions [permit-pty]": of `answer`, what AnswerText leaves out and `other` has otherwise.
std::string TermsText(const Answer& answer, const Answer& other);

struct RecordedDecision {
  int64_t sequence = 0;
  absl::Time time;
  std::string request_id;
  policy::Situation situation;
  Answer answer;
};

// "grant x, login root, on db1": what was asked, for people.
std::string AskedText(const RecordedDecision& decision);

// What one event tells: its decisions (one a certificate), or why there is none to repeat.
struct RecordedEvents {
  std::vector<RecordedDecision> decisions;
  std::optional<model::Identity> identity;
  bool not_by_policy = false;  // A hard rule refused, which no policy changes.
  bool without_facts = false;  // Recorded before facts of refusals were.
};
// `event` is a serialised LedgerEvent. kDataLoss when it is damaged.
absl::StatusOr<RecordedEvents> ReadRecorded(int64_t sequence, std::string_view event);

struct ChangedAnswer {
  const RecordedDecision* decision = nullptr;
  Answer now;
};
// Changed answers that read the same but for their times, in the order of the first of each.
struct AlikeAnswers {
  const ChangedAnswer* first = nullptr;
  size_t count = 0;
  absl::Time last;
};
std::vector<AlikeAnswers> GroupAnswers(const std::vector<ChangedAnswer>& changed);

// Those that get another answer from `policy`: another grant, other terms, or another yes or no.
// The wording of a refusal is not an answer.
std::vector<ChangedAnswer> Replay(const policy::PolicySet& policy,
                                  const std::vector<RecordedDecision>& decisions);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_POLICY_RECORDED_H_
