#include "ca/ledger/join_tokens.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/name_pattern.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

constexpr int64_t kMaxUses = 100000;

absl::Status CheckToken(const JoinTokenRecord& token, absl::Time now) {
  if (token.uses < 1 || token.uses > kMaxUses) {
    return InvalidArgument(
        fmt::format("a join token has from 1 to {} uses, not {}", kMaxUses, token.uses));
  }
  if (token.expires_at <= now) return InvalidArgument("the join token would be expired already");
  MAYFLY_RETURN_IF_ERROR(CheckNamePattern(token.name_pattern));
  return model::CheckLabels(token.labels);
}

absl::Status Spent(const JoinTokenRecord& token) {
  return PermissionDenied(
      fmt::format("the join token is spent: other hosts took all of its {} uses; ask for a new one",
                  token.uses));
}

absl::Status CheckUse(const JoinTokenRecord& token, const HostEnrolment& enrolment,
                      absl::Time now) {
  if (token.expires_at <= now) {
    return PermissionDenied(
        fmt::format("the join token expired at {}; ask for a new one", TimeText(token.expires_at)));
  }
  if (!NameMatches(token.name_pattern, enrolment.host.name)) {
    return PermissionDenied(fmt::format("the join token is for hosts named {}, not {}",
                                        token.name_pattern,
                                        EscapeForTerminal(enrolment.host.name)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status JoinTokens::Record(const model::Call& call, const model::Identity& by,
                                const JoinTokenRecord& token, absl::Time now) {
  MAYFLY_RETURN_IF_ERROR(CheckToken(token, now));
  const std::string fingerprint = token.key.Fingerprint().text;
  const std::string creator = by.subject.ToString();
  const absl::Status taken = PermissionDenied("the key of the join token was used before");
  std::vector<store::Operation> operations;
  log_.Append(EncodeJoinTokenCreated(call, by, token, now), operations);
  RefuseReplay(call, now, operations);
  operations.push_back(ClaimKey(token.key, "join token of " + creator, now, taken));
  operations.push_back(Require(kInsertJoinToken,
                               {fingerprint, token.uses, Microseconds(token.expires_at),
                                Microseconds(now), creator, EncodeJoinToken(token)},
                               taken));
  return store_.Write(std::move(operations)).status();
}

absl::StatusOr<JoinTokenState> JoinTokens::Find(const ssh::Fingerprint& key) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store_.Read(Run(kFindJoinToken, {key.text})));
  if (rows.empty()) {
    return NotFound(
        fmt::format("no join token has the key {}", EscapeForTerminal(key.text.substr(0, 80))));
  }
  const store::Row& row = rows.front();
  MAYFLY_ASSIGN_OR_RETURN(JoinTokenRecord record, DecodeJoinToken(BytesAt(row, 0)));
  JoinTokenState state{.record = std::move(record)};
  state.used = IntegerAt(row, 1);
  state.created_at = TimeAt(row, 2);
  state.created_by = TextAt(row, 3);
  return state;
}

absl::StatusOr<JoinTokenState> JoinTokens::Spend(const HostEnrolment& enrolment,
                                                 const Bytes& key_set, absl::Time now,
                                                 std::vector<store::Operation>& operations) {
  const std::string& token = enrolment.token_key;
  absl::StatusOr<JoinTokenState> state = Find(ssh::Fingerprint{token});
  if (absl::IsNotFound(state.status())) {
    return PermissionDenied("the join token is not known here; ask for a new one");
  }
  MAYFLY_RETURN_IF_ERROR(state.status());
  MAYFLY_RETURN_IF_ERROR(CheckUse(state->record, enrolment, now));
  operations.push_back(Run(kAddTokenUse, {token, key_set, Microseconds(now)}));
  operations.push_back(
      Require(kSpendToken, {token, key_set, token, Microseconds(now)}, Spent(state->record)));
  operations.push_back(Run(kCountTokenUse, {token, key_set}));
  return state;
}

}  // namespace mayfly::ledger
