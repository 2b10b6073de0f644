#ifndef MAYFLY_CA_LEDGER_CLAIMS_H_
#define MAYFLY_CA_LEDGER_CLAIMS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "ca/store/store.h"
#include "ssh/public_key.h"

namespace mayfly::ledger {

inline constexpr std::string_view kKeyClaim = "key";
inline constexpr std::string_view kNameClaim = "name";  // names.h
inline constexpr std::string_view kTokenClaim = "token";
inline constexpr std::string_view kInstanceClaim = "instance";  // hosts.h
inline constexpr std::string_view kInstanceNameClaim = "instance name";

// Claims `key` for `owner`, who may make the same claim again; everybody else gets `failure`.
store::Operation ClaimKey(const ssh::PublicKey& key, const std::string& owner, absl::Time now,
                          absl::Status failure);

// Adds to `operations` the use of a signed token by `key`, where there was one: nobody else's,
// ever.
void ClaimToken(const model::Identity& identity, const ssh::PublicKey& key, absl::Time now,
                std::vector<store::Operation>& operations);

// Adds to `operations` what records each document of `call`: kAlreadyExists when one was recorded
// before.
void RefuseReplay(const model::Call& call, absl::Time now,
                  std::vector<store::Operation>& operations);
// The same for a call that is refused: it is remembered, and a replay of it may be recorded too.
void RememberDocuments(const model::Call& call, absl::Time now,
                       std::vector<store::Operation>& operations);

}  // namespace mayfly::ledger

#endif  // MAYFLY_CA_LEDGER_CLAIMS_H_
