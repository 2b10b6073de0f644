#include "ca/ledger/filed_requests.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

constexpr int64_t kMaxWaiting = 20;  // Of one subject: more is a script gone wrong.

absl::Status NoLongerOpen(uint64_t number) {
  return FailedPrecondition(
      fmt::format("request {} waits no longer: it was closed, has expired or asks for something "
                  "else than was shown",
                  number));
}

FiledState NewState(const FilingRecord& filing, uint64_t number, absl::Time now) {
  FiledState state;
  state.number = number;
  state.digest = filing.digest;
  state.subject = filing.identity.subject;
  state.grant = filing.pending.terms.grant;
  state.kind = filing.request.kind;
  state.ask = filing.request.ask;
  state.filed_at = now;
  state.expires_at = now + filing.pending.within;
  state.request_id = filing.call.request_id;
  return state;
}

}  // namespace

absl::StatusOr<FiledState> FiledRequests::File(const FilingRecord& filing, absl::Time now) {
  // Whoever asks for the same again looks after the request that waits already.
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<FiledState> open, OpenOf(filing.digest));
  for (const FiledState& state : open) {
    if (state.uses == 0 && now < state.expires_at) return state;
  }
  const std::string subject = filing.identity.subject.ToString();
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows count,
                          store_.Read(Run(kCountWaitingRequests, {subject, Microseconds(now)})));
  if (IntegerAt(count.at(0), 0) >= kMaxWaiting) {
    return FailedPrecondition(fmt::format(
        "{} of your requests wait for approval already; cancel some with mayfly request "
        "cancel NUMBER",
        kMaxWaiting));
  }
  // By itself, as the number stands in the event: a gap after a failure is no harm.
  MAYFLY_ASSIGN_OR_RETURN(
      const std::vector<store::Rows> advanced,
      store_.Write({Run(kAdvanceCounter, {int64_t{1}, std::string("requests")})}));
  const uint64_t number = static_cast<uint64_t>(IntegerAt(advanced.at(0).at(0), 0));
  FiledState state = NewState(filing, number, now);
  std::vector<store::Operation> operations;
  log_.Append(EncodeRequestFiled(filing, state, now), operations);
  RefuseReplay(filing.call, now, operations);
  operations.push_back(
      Run(kInsertFiledRequest,
          {static_cast<int64_t>(number), state.digest, subject, state.grant, Microseconds(now),
           Microseconds(state.expires_at), EncodeFiled(state)}));
  MAYFLY_RETURN_IF_ERROR(store_.Write(std::move(operations)).status());
  return state;
}

absl::Status FiledRequests::Approve(const model::Call& call, const model::Identity& by,
                                    uint64_t number, const std::string& digest, absl::Time now) {
  const std::string approver = by.subject.ToString();
  std::vector<store::Operation> operations;
  log_.Append(EncodeRequestApproved(call, by, number, digest, now), operations);
  RefuseReplay(call, now, operations);
  operations.push_back(Require(kCheckRequestWaits,
                               {static_cast<int64_t>(number), digest, Microseconds(now)},
                               NoLongerOpen(number)));
  operations.push_back(
      Require(kInsertApproval,
              {static_cast<int64_t>(number), approver, Microseconds(now),
               EncodeApproval({by, call.peer, now})},
              FailedPrecondition(fmt::format("you have approved request {} already", number))));
  return store_.Write(std::move(operations)).status();
}

absl::Status FiledRequests::Close(const model::Call& call, const model::Identity& by,
                                  uint64_t number, Closing how, const std::string& word,
                                  absl::Time now) {
  std::vector<store::Operation> operations;
  log_.Append(EncodeRequestClosed(call, by, number, how, word, now), operations);
  RefuseReplay(call, now, operations);
  operations.push_back(Require(kCloseFiledRequest,
                               {Microseconds(now), by.subject.ToString(),
                                std::string(ClosingName(how)), word, static_cast<int64_t>(number)},
                               NoLongerOpen(number)));
  return store_.Write(std::move(operations)).status();
}

absl::StatusOr<FiledState> FiledRequests::WithApprovals(const store::Row& row) {
  MAYFLY_ASSIGN_OR_RETURN(FiledState state, DecodeFiled(BytesAt(row, 1)));
  state.number = static_cast<uint64_t>(IntegerAt(row, 0));
  state.uses = IntegerAt(row, 2);
  if (!IsNullAt(row, 3)) {
    state.closed_at = TimeAt(row, 3);
    state.closed_by = TextAt(row, 4);
    state.closed_how =
        TextAt(row, 5) == ClosingName(Closing::kDenied) ? Closing::kDenied : Closing::kCancelled;
    state.word = TextAt(row, 6);
  }
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows approvals,
                          store_.Read(Run(kApprovalsOf, {static_cast<int64_t>(state.number)})));
  for (const store::Row& approval : approvals) {
    MAYFLY_ASSIGN_OR_RETURN(model::Approval decoded, DecodeApproval(BytesAt(approval, 0)));
    state.approvals.push_back(std::move(decoded));
  }
  return state;
}

absl::StatusOr<FiledState> FiledRequests::Find(uint64_t number) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows,
                          store_.Read(Run(kFindFiledRequest, {static_cast<int64_t>(number)})));
  if (rows.empty()) return NotFound(fmt::format("there is no request {}", number));
  return WithApprovals(rows.front());
}

absl::StatusOr<std::vector<FiledState>> FiledRequests::OpenOf(const std::string& digest) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store_.Read(Run(kOpenRequestsOf, {digest})));
  std::vector<FiledState> states;
  for (const store::Row& row : rows) {
    MAYFLY_ASSIGN_OR_RETURN(FiledState state, WithApprovals(row));
    states.push_back(std::move(state));
  }
  return states;
}

absl::StatusOr<std::vector<FiledState>> FiledRequests::List(const FiledQuery& query) {
  const int64_t after = query.only_waiting ? Microseconds(query.now) : 0;
  MAYFLY_ASSIGN_OR_RETURN(
      const store::Rows rows,
      store_.Read(Run(query.only_waiting ? kListWaitingRequests : kListFiledRequests,
                      {after, int64_t{query.limit}})));
  std::vector<FiledState> states;
  for (const store::Row& row : rows) {
    MAYFLY_ASSIGN_OR_RETURN(FiledState state, WithApprovals(row));
    states.push_back(std::move(state));
  }
  return states;
}

void FiledRequests::Use(const model::ApprovalUse& use, const std::string& digest,
                        std::vector<store::Operation>& operations) {
  operations.push_back(Require(
      kUseFiledRequest, {static_cast<int64_t>(use.number), digest, int64_t{use.once ? 1 : 0}},
      Aborted("the approval was used or withdrawn meanwhile")));
}

}  // namespace mayfly::ledger
