#include "ca/ledger/sessions.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/names.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

constexpr size_t kMaxKnown = 4096;  // Some 4 MB.

}  // namespace

absl::Status Sessions::Record(const model::Call& call, const SessionRecord& session,
                              absl::Time now) {
  const std::string subject = session.identity.subject.ToString();
  // By a token, whoever kept the key has most likely brought the same one.
  const absl::Status used = PermissionDenied(
      session.identity.token_use.claim.empty()
          ? "the session key was used before: a login makes a new one, log in again"
          : "the token or the session key was used before: a login takes a new token and a new "
            "key");
  std::vector<store::Operation> operations;
  log_.Append(EncodeSessionStarted(call, session, now), operations);
  RefuseReplay(call, now, operations);
  operations.push_back(
      Require(kCheckNotBanned, {subject}, PermissionDenied(fmt::format("{} is banned", subject))));
  BindName(session.identity, now, operations);
  ClaimToken(session.identity, session.key, now, operations);
  operations.push_back(ClaimKey(session.key, "session of " + subject, now, used));
  operations.push_back(
      Require(session.identity.token_use.reuse == model::TokenReuse::kSameKey ? kRestartSession
                                                                              : kInsertSession,
              {session.key.Fingerprint().text, subject, ToBytes(session.key.blob()),
               EncodeIdentity(session.identity), Microseconds(now), Microseconds(session.ends_at)},
              used));
  MAYFLY_RETURN_IF_ERROR(store_.Write(std::move(operations)).status());
  // One that goes on has another end than what is remembered of it.
  MutexLock lock(mutex_);
  known_.erase(session.key.Fingerprint().text);
  return absl::OkStatus();
}

absl::Status Sessions::End(const model::Call& call, const model::Identity& by,
                           const ssh::Fingerprint& key, absl::Time now) {
  MAYFLY_ASSIGN_OR_RETURN(const SessionState session, Find(key));
  if (session.ended_at) return absl::OkStatus();
  std::vector<store::Operation> operations;
  log_.Append(EncodeSessionEnded(call, by, session.record.identity.subject.ToString(), key, now),
              operations);
  RefuseReplay(call, now, operations);
  // Somebody else's call may have ended it meanwhile: one event for one end.
  const absl::Status ended = Aborted("the session has just been ended");
  operations.push_back(Require(kEndSession, {Microseconds(now), key.text}, ended));
  operations.push_back(Run(kAdvanceCounter, {int64_t{1}, std::string("generation")}));
  const absl::Status status = store_.Write(std::move(operations)).status();
  return status == ended ? absl::OkStatus() : status;
}

absl::StatusOr<SessionState> Sessions::Find(const ssh::Fingerprint& key) {
  // Before reading: what ends a session in between makes the answer out of date at once.
  const uint64_t moves = store_.moves();
  {
    MutexLock lock(mutex_);
    const auto known = known_.find(key.text);
    if (known != known_.end() && known->second.moves == moves) return known->second.state;
  }
  MAYFLY_ASSIGN_OR_RETURN(SessionState state, Read(key));
  MutexLock lock(mutex_);
  if (known_.size() >= kMaxKnown) known_.clear();
  known_.insert_or_assign(key.text, Known{moves, state});
  return state;
}

absl::StatusOr<SessionState> Sessions::Read(const ssh::Fingerprint& key) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store_.Read(Run(kFindSession, {key.text})));
  if (rows.empty()) {
    return NotFound(
        fmt::format("no session has the key {}", EscapeForTerminal(key.text.substr(0, 80))));
  }
  const store::Row& row = rows.front();
  MAYFLY_ASSIGN_OR_RETURN(ssh::PublicKey public_key, ssh::PublicKey::ParseBlob(BytesAt(row, 0)));
  MAYFLY_ASSIGN_OR_RETURN(model::Identity identity, DecodeIdentity(BytesAt(row, 1)));
  SessionState state{.record = {.identity = std::move(identity),
                                .key = std::move(public_key),
                                .ends_at = TimeAt(row, 2)}};
  if (!IsNullAt(row, 3)) state.ended_at = TimeAt(row, 3);
  return state;
}

}  // namespace mayfly::ledger
