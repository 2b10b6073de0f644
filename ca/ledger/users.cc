#include "ca/ledger/users.h"

#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {
namespace {

std::string Shown(const std::string& text) { return EscapeForTerminal(text.substr(0, 80)); }

absl::Status CheckUser(const UserRecord& user) {
  if (!user.name.empty() && !user.authenticator.empty() && !user.keys.empty()) {
    return absl::OkStatus();
  }
  return InvalidArgument("a user has an authenticator, a name and at least one key");
}

// What enrols one key: nobody else's credential, and never certified, nor a session's or a token's.
void AddKey(const UserRecord& user, const ssh::PublicKey& key,
            std::vector<store::Operation>& operations) {
  const std::string fingerprint = key.Fingerprint().text;
  operations.push_back(
      Require(kCheckUnclaimed, {std::string(kKeyClaim), fingerprint},
              PermissionDenied(fmt::format(
                  "the key {} of {} was certified or accepted before; a key that is used elsewhere "
                  "is no credential: take another one",
                  fingerprint, Shown(user.name)))));
  operations.push_back(
      Require(kInsertUserKey, {fingerprint, user.authenticator, user.name},
              PermissionDenied(fmt::format("the key {} of {} is enrolled already, by a call",
                                           fingerprint, Shown(user.name)))));
}

}  // namespace

absl::Status Users::Record(const model::Call& call, const model::Identity& by,
                           const std::vector<UserRecord>& users, absl::Time now) {
  if (users.empty()) return InvalidArgument("no user to enrol");
  std::vector<store::Operation> operations;
  log_.Append(EncodeUsersAdded(call, by, users, now), operations);
  RefuseReplay(call, now, operations);
  for (const UserRecord& user : users) {
    MAYFLY_RETURN_IF_ERROR(CheckUser(user));
    operations.push_back(Require(
        kInsertUser,
        {user.authenticator, user.name, EncodeUser(user), Microseconds(now), by.subject.ToString()},
        PermissionDenied(fmt::format("{} is enrolled already, by a call: to change it, "
                                     "remove it first",
                                     Shown(user.name)))));
    for (const ssh::PublicKey& key : user.keys) AddKey(user, key, operations);
  }
  return store_.Write(std::move(operations)).status();
}

absl::Status Users::Remove(const model::Call& call, const model::Identity& by,
                           const std::string& authenticator, const model::Subject& subject,
                           absl::Time now) {
  const std::string& name = subject.name;
  const absl::Status unknown = NotFound(
      fmt::format("nobody was enrolled as {} by a call for {}", Shown(name), Shown(authenticator)));
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows,
                          store_.Read(Run(kFindUser, {authenticator, name})));
  if (rows.empty()) return unknown;
  MAYFLY_ASSIGN_OR_RETURN(const UserRecord user, DecodeUser(BytesAt(rows.front(), 0)));
  std::vector<store::Operation> operations;
  log_.Append(EncodeUserRemoved(call, by, subject.ToString(), user, now), operations);
  RefuseReplay(call, now, operations);
  operations.push_back(Require(kDropUser, {authenticator, name}, unknown));
  operations.push_back(Run(kDropUserKeys, {authenticator, name}));
  // For good: whoever is enrolled anew by the same key logs in anew.
  operations.push_back(Run(kEndSessionsOf, {Microseconds(now), subject.ToString()}));
  operations.push_back(Run(kAdvanceCounter, {int64_t{1}, std::string("generation")}));
  return store_.Write(std::move(operations)).status();
}

absl::StatusOr<std::vector<UserState>> Users::List() {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store_.Read(Run(kListUsers, {})));
  std::vector<UserState> users;
  for (const store::Row& row : rows) {
    UserState state;
    MAYFLY_ASSIGN_OR_RETURN(state.record, DecodeUser(BytesAt(row, 0)));
    state.added_at = TimeAt(row, 1);
    state.added_by = TextAt(row, 2);
    users.push_back(std::move(state));
  }
  return users;
}

}  // namespace mayfly::ledger
