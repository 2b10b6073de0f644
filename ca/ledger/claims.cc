#include "ca/ledger/claims.h"

#include <utility>

#include "base/status.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"

namespace mayfly::ledger {
namespace {

std::vector<Bytes> DigestsOf(const model::Call& call) {
  std::vector<Bytes> digests = {DigestOf(call.document)};
  for (const model::SignedDocument& further : call.further) {
    digests.push_back(DigestOf(further.document));
  }
  return digests;
}

}  // namespace

store::Operation ClaimKey(const ssh::PublicKey& key, const std::string& owner, absl::Time now,
                          absl::Status failure) {
  return Require(kClaim, {std::string(kKeyClaim), key.Fingerprint().text, owner, Microseconds(now)},
                 std::move(failure));
}

void RefuseReplay(const model::Call& call, absl::Time now,
                  std::vector<store::Operation>& operations) {
  for (Bytes& digest : DigestsOf(call)) {
    operations.push_back(Require(kInsertDocument,
                                 {std::move(digest), Microseconds(now), call.request_id},
                                 AlreadyExists("this call was made before: sign a new one")));
  }
}

void RememberDocuments(const model::Call& call, absl::Time now,
                       std::vector<store::Operation>& operations) {
  for (Bytes& digest : DigestsOf(call)) {
    operations.push_back(
        Run(kKeepDocument, {std::move(digest), Microseconds(now), call.request_id}));
  }
}

}  // namespace mayfly::ledger
