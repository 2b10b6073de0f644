#include "ca/ledger/reviews.h"

#include <utility>

#include "base/status.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

ReviewState ReviewOf(const store::Row& row) {
  ReviewState state;
  state.serial = ssh::Serial{static_cast<uint64_t>(IntegerAt(row, 0))};
  state.subject = TextAt(row, 1);
  state.grant = TextAt(row, 2);
  state.reason = TextAt(row, 3);
  state.request_id = TextAt(row, 4);
  state.opened_at = TimeAt(row, 5);
  if (!IsNullAt(row, 6)) {
    state.closed_at = TimeAt(row, 6);
    state.closed_by = TextAt(row, 7);
    state.word = TextAt(row, 8);
  }
  return state;
}

}  // namespace

void Reviews::Open(const IssuanceBatch& batch, const IssuanceRecord& issuance, absl::Time now,
                   std::vector<store::Operation>& operations) {
  log_.Append(EncodeBreakGlass(batch, issuance, now), operations);
  operations.push_back(
      Run(kInsertReview, {static_cast<int64_t>(issuance.body.serial.value),
                          batch.identity.subject.ToString(), issuance.granted.terms.grant,
                          issuance.request.ask.reason, batch.call.request_id, Microseconds(now)}));
}

absl::Status Reviews::Close(const model::Call& call, const model::Identity& by, ssh::Serial serial,
                            const std::string& word, absl::Time now) {
  std::vector<store::Operation> operations;
  log_.Append(EncodeReviewClosed(call, by, serial, word, now), operations);
  RefuseReplay(call, now, operations);
  operations.push_back(
      Require(kCloseReview,
              {Microseconds(now), by.subject.ToString(), word, static_cast<int64_t>(serial.value)},
              FailedPrecondition(
                  fmt::format("the review of certificate {} is closed already", serial.value))));
  return store_.Write(std::move(operations)).status();
}

absl::StatusOr<ReviewState> Reviews::Find(ssh::Serial serial) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows,
                          store_.Read(Run(kFindReview, {static_cast<int64_t>(serial.value)})));
  if (rows.empty()) {
    return NotFound(fmt::format("certificate {} has no review", serial.value));
  }
  return ReviewOf(rows.front());
}

absl::StatusOr<std::vector<ReviewState>> Reviews::List(bool only_open, int limit) {
  MAYFLY_ASSIGN_OR_RETURN(
      const store::Rows rows,
      store_.Read(Run(only_open ? kListOpenReviews : kListReviews, {int64_t{limit}})));
  std::vector<ReviewState> states;
  for (const store::Row& row : rows) states.push_back(ReviewOf(row));
  return states;
}

}  // namespace mayfly::ledger
