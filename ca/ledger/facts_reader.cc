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
  const std::string name = subject.ToString();
  std::vector<store::Operation> reads = {
      Run(kReadFacts, {name, name, std::string(kKeyClaim), key.text, key.text})};
  if (target_host) reads.push_back(Run(kFindHost, {*target_host}));
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<store::Rows> results, store.ReadTogether(reads));

  const store::Row& row = results[0].at(0);
  model::Facts facts;
  facts.generation = static_cast<uint64_t>(IntegerAt(row, 0));
  if (!IsNullAt(row, 1)) {
    facts.epoch = static_cast<uint64_t>(IntegerAt(row, 1));
    facts.subject_banned = IntegerAt(row, 2) != 0;
  }
  if (!IsNullAt(row, 3)) facts.key_owner = TextAt(row, 3);
  facts.key_revoked = !IsNullAt(row, 4);
  if (target_host) {
    MAYFLY_ASSIGN_OR_RETURN(facts.target_labels, LabelsOf(results[1]));
  }
  return facts;
}

absl::StatusOr<std::string> ReadKeyOwner(store::Store& store, const ssh::Fingerprint& key) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store.Read(ReadOwner(key)));
  return rows.empty() ? std::string() : TextAt(rows.front(), 0);
}

}  // namespace mayfly::ledger
