#include "ca/ledger/event_log.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/ledger.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

constexpr uint8_t kCommitmentVersion = 1;
constexpr size_t kOpeningSize = 32;
constexpr int kMaxEvents = 1000;

absl::StatusOr<StoredEvent> EventOf(const store::Row& row) {
  StoredEvent event;
  event.sequence = IntegerAt(row, 0);
  event.time = TimeAt(row, 1);
  event.type = TextAt(row, 2);
  event.request_id = TextAt(row, 3);
  event.subject = TextAt(row, 4);
  event.commitment = BytesAt(row, 5);
  event.opening = BytesAt(row, 6);
  event.event = BytesAt(row, 7);
  MAYFLY_ASSIGN_OR_RETURN(
      event.json, Annotate(EventJson(event.event), fmt::format("event {}", event.sequence)));
  return event;
}

absl::StatusOr<std::vector<StoredEvent>> EventsOf(const store::Rows& rows) {
  std::vector<StoredEvent> events;
  for (const store::Row& row : rows) {
    MAYFLY_ASSIGN_OR_RETURN(StoredEvent event, EventOf(row));
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

Bytes CommitmentOf(BytesView opening, uint8_t type_class, BytesView event) {
  Bytes message = {kCommitmentVersion, type_class};
  message.insert(message.end(), event.begin(), event.end());
  const Sha256Digest digest = HmacSha256(opening, message);
  return Bytes(digest.begin(), digest.end());
}

void EventLog::Append(EncodedEvent event, std::vector<store::Operation>& operations) {
  Bytes opening = random_.Take(kOpeningSize);
  Bytes commitment = CommitmentOf(opening, static_cast<uint8_t>(event.type_class), event.bytes);
  operations.push_back(Run(
      kInsertEvent, Arguments(Microseconds(event.time), std::move(event.type),
                              std::move(event.request_id), std::move(event.subject),
                              std::move(commitment), std::move(opening), std::move(event.bytes))));
}

absl::StatusOr<std::vector<StoredEvent>> EventLog::OfRequest(const std::string& request_id) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store_.Read(Run(kEventsOfRequest, {request_id})));
  return EventsOf(rows);
}

absl::StatusOr<std::vector<StoredEvent>> EventLog::Recent(int limit) {
  const int64_t bounded = std::clamp(limit, 1, kMaxEvents);
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store_.Read(Run(kRecentEvents, {bounded})));
  return EventsOf(rows);
}

absl::StatusOr<std::vector<StoredEvent>> EventLog::RecordedAfter(int64_t sequence, absl::Time since,
                                                                 int limit) {
  const int64_t bounded = std::clamp(limit, 1, kMaxEvents);
  MAYFLY_ASSIGN_OR_RETURN(
      const store::Rows rows,
      store_.Read(Run(kRecordedAfter, {sequence, Microseconds(since), bounded})));
  return EventsOf(rows);
}

absl::StatusOr<std::vector<StoredEvent>> EventLog::ActivatedCaKeys() {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows,
                          store_.Read(Run(kActivatedCaKeys, {int64_t{kMaxEvents}})));
  return EventsOf(rows);
}

absl::StatusOr<DecisionState> EventLog::DecisionOf(const std::string& request_id) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows,
                          store_.Read(Run(kDecisionOfRequest, {request_id})));
  if (rows.empty()) {
    return NotFound(fmt::format("no decision was recorded for request '{}'",
                                EscapeForTerminal(request_id.substr(0, 40))));
  }
  MAYFLY_ASSIGN_OR_RETURN(DecisionState state, DecodeDecision(BytesAt(rows.front(), 7)));
  state.sequence = IntegerAt(rows.front(), 0);
  state.time = TimeAt(rows.front(), 1);
  return state;
}

}  // namespace mayfly::ledger
