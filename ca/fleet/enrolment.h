// Hosts: from proven calls, one per host key, to what is to be issued and recorded.
#ifndef MAYFLY_CA_FLEET_ENROLMENT_H_
#define MAYFLY_CA_FLEET_ENROLMENT_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "ca/ledger/records.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "ssh/public_key.h"

namespace mayfly::fleet {

// One document of an enrolment or a renewal, proven.
struct HostKeyCall {
  model::Identity identity;
  ssh::PublicKey key;  // The document's host key; it signed as possession.
  model::Ask ask;
  std::vector<Bytes>
      all_keys;  // Enrolment: every host key of the call, as the document lists them.
};

struct HostIssuance {
  std::vector<model::Request> requests;            // In the order of the calls.
  std::optional<ledger::HostEnrolment> enrolment;  // Nullopt for a renewal.
};

// Pure. kInvalidArgument unless all documents are proven by the same join token, or by the same
// client certificate or instance document, for the same host, list exactly the keys of the call,
// sorted, each once, and ask for the same. `returning`: authenticators whose hosts may come again
// with other keys.
absl::StatusOr<HostIssuance> PrepareEnrolment(const std::vector<HostKeyCall>& calls,
                                              const model::Fact<IpAddress>& peer,
                                              const std::set<std::string>& returning = {});

// Pure. kInvalidArgument unless each document is proven by the very host key that it wants
// certified, all for the same host. Renewal changes nothing but time.
absl::StatusOr<HostIssuance> PrepareRenewal(const std::vector<HostKeyCall>& calls,
                                            const model::Fact<IpAddress>& peer);

}  // namespace mayfly::fleet

#endif  // MAYFLY_CA_FLEET_ENROLMENT_H_
