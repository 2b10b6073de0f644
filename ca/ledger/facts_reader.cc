#include "ca/ledger/facts_reader.h"

#include <utility>
#include <vector>

#include "base/status.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/event_codec.h"
#include "ca/ledger/statements.h"

namespace mayfly::ledger {
namespace {

store::Operation ReadOwner(const ssh::Fingerprint& key) {
  return Run(kClaimOwner, {std::string(kKeyClaim), key.text});
}

absl::StatusOr<model::Fact<model::Labels>> LabelsOf(const store::Rows& hosts) {
  using Fact = model::Fact<model::Labels>;
  if (hosts.empty()) return Fact::Unknown();
  MAYFLY_ASSIGN_OR_RETURN(HostState host, DecodeHost(BytesAt(hosts.front(), 0)));
  return Fact::Known(std::move(host.labels));
}

}  // namespace

absl::StatusOr<model::Facts> ReadFacts(store::Store& store, const model::Subject& subject,
                                       const ssh::Fingerprint& key,
                                       const std::optional<std::string>& target_host) {
  std::vector<store::Operation> reads = {Run(kReadCounter, {std::string("generation")}),
                                         Run(kReadSubject, {subject.ToString()}), ReadOwner(key),
                                         Run(kReadRevokedKey, {key.text})};
  if (target_host) reads.push_back(Run(kFindHost, {*target_host}));
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<store::Rows> rows, store.ReadTogether(reads));

  model::Facts facts;
  facts.generation = static_cast<uint64_t>(IntegerAt(rows[0].at(0), 0));
  if (!rows[1].empty()) {
    facts.epoch = static_cast<uint64_t>(IntegerAt(rows[1].front(), 0));
    facts.subject_banned = IntegerAt(rows[1].front(), 1) != 0;
  }
  if (!rows[2].empty()) facts.key_owner = TextAt(rows[2].front(), 0);
  facts.key_revoked = !rows[3].empty();
  if (target_host) {
    MAYFLY_ASSIGN_OR_RETURN(facts.target_labels, LabelsOf(rows[4]));
  }
  return facts;
}

absl::StatusOr<std::string> ReadKeyOwner(store::Store& store, const ssh::Fingerprint& key) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store.Read(ReadOwner(key)));
  return rows.empty() ? std::string() : TextAt(rows.front(), 0);
}

}  // namespace mayfly::ledger
