#include "ca/ledger/claims.h"

#include <utility>

#include "base/status.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"

namespace mayfly::ledger {
namespace {

// A document's row: when it says that it was issued, and its digest. The same document always says
// the same, so the pair is as unique as the digest, and rows come nearly in order.
std::vector<store::Value> RowOf(absl::Time issued_at, BytesView document, absl::Time now) {
  return {Microseconds(issued_at), DigestOf(document), Microseconds(now)};
}

std::vector<std::vector<store::Value>> RowsOf(const model::Call& call, absl::Time now) {
  std::vector<std::vector<store::Value>> rows = {RowOf(call.issued_at, call.document, now)};
  for (const model::SignedDocument& further : call.further) {
    rows.push_back(RowOf(further.issued_at, further.document, now));
  }
  return rows;
}

}  // namespace

store::Operation ClaimKey(const ssh::PublicKey& key, const std::string& owner, absl::Time now,
                          absl::Status failure) {
  return Require(kClaim, {std::string(kKeyClaim), key.Fingerprint().text, owner, Microseconds(now)},
                 std::move(failure));
}

void ClaimToken(const model::Identity& identity, const ssh::PublicKey& key, absl::Time now,
                std::vector<store::Operation>& operations) {
  const model::TokenUse& token = identity.token_use;
  if (token.claim.empty()) return;
  const bool same_key = token.reuse == model::TokenReuse::kSameKey;
  operations.push_back(Require(
      kClaim, {std::string(kTokenClaim), token.claim, key.Fingerprint().text, Microseconds(now)},
      PermissionDenied(same_key ? "the token is bound to the key of its first login until it "
                                  "expires: keep that session, or take a new token"
                                : "the token was used before: a login takes a new one")));
}

void RefuseReplay(const model::Call& call, absl::Time now,
                  std::vector<store::Operation>& operations) {
  for (std::vector<store::Value>& row : RowsOf(call, now)) {
    operations.push_back(Require(kInsertDocument, std::move(row),
                                 AlreadyExists("this call was made before: sign a new one")));
  }
}

void RememberDocuments(const model::Call& call, absl::Time now,
                       std::vector<store::Operation>& operations) {
  for (std::vector<store::Value>& row : RowsOf(call, now)) {
    operations.push_back(Run(kKeepDocument, std::move(row)));
  }
}

}  // namespace mayfly::ledger
