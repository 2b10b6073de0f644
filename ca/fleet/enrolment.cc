#include "ca/fleet/enrolment.h"

#include <algorithm>
#include <set>

#include "base/status.h"

namespace mayfly::fleet {
namespace {

absl::Status CheckSameHost(const std::vector<HostKeyCall>& calls) {
  if (calls.empty()) return InvalidArgument("calls: expected one per host key");
  const HostKeyCall& first = calls.front();
  std::set<ssh::PublicKey> keys;
  for (const HostKeyCall& call : calls) {
    if (call.identity.subject != first.identity.subject) {
      return InvalidArgument("calls: the documents speak of different hosts");
    }
    if (!(call.ask == first.ask)) {
      return InvalidArgument("calls: the documents ask for different certificates");
    }
    if (!keys.insert(call.key).second) return InvalidArgument("calls: a host key stands twice");
  }
  return absl::OkStatus();
}

absl::Status CheckListsAllKeys(const std::vector<HostKeyCall>& calls) {
  std::vector<Bytes> keys;
  for (const HostKeyCall& call : calls) keys.push_back(ToBytes(call.key.blob()));
  std::ranges::sort(keys);
  for (const HostKeyCall& call : calls) {
    if (call.all_keys != keys) {
      return InvalidArgument("all_keys: expected every host key of the call, sorted, each once");
    }
  }
  return absl::OkStatus();
}

std::vector<model::Request> MakeRequests(const std::vector<HostKeyCall>& calls,
                                         const model::Fact<IpAddress>& peer) {
  std::vector<model::Request> requests;
  for (const HostKeyCall& call : calls) {
    requests.push_back(
        {ssh::CertificateKind::kHost, call.key, call.ask, peer, call.identity.subject.name});
  }
  return requests;
}

}  // namespace

absl::StatusOr<HostIssuance> PrepareEnrolment(const std::vector<HostKeyCall>& calls,
                                              const model::Fact<IpAddress>& peer) {
  MAYFLY_RETURN_IF_ERROR(CheckSameHost(calls));
  MAYFLY_RETURN_IF_ERROR(CheckListsAllKeys(calls));
  const model::Identity& identity = calls.front().identity;
  ledger::HostEnrolment enrolment;
  enrolment.host = identity.subject;
  enrolment.token_key = identity.proof_key;
  enrolment.replaces = true;  // If the token says so too: the ledger looks.
  if (identity.labels.known()) enrolment.labels = identity.labels.value();
  for (const HostKeyCall& call : calls) {
    if (call.identity.proof != model::Proof::kJoinToken ||
        call.identity.proof_key != identity.proof_key) {
      return InvalidArgument("calls: expected all documents to be signed by the same join token");
    }
    enrolment.keys.push_back(call.key);
  }
  std::ranges::sort(enrolment.keys,
                    [](const ssh::PublicKey& a, const ssh::PublicKey& b) { return (a <=> b) < 0; });
  HostIssuance issuance;
  issuance.requests = MakeRequests(calls, peer);
  issuance.enrolment = std::move(enrolment);
  return issuance;
}

absl::StatusOr<HostIssuance> PrepareRenewal(const std::vector<HostKeyCall>& calls,
                                            const model::Fact<IpAddress>& peer) {
  MAYFLY_RETURN_IF_ERROR(CheckSameHost(calls));
  for (const HostKeyCall& call : calls) {
    if (call.identity.proof != model::Proof::kHostKey ||
        call.identity.proof_key != call.key.Fingerprint().text) {
      return InvalidArgument("calls: a host key renews its own certificate only");
    }
  }
  HostIssuance issuance;
  issuance.requests = MakeRequests(calls, peer);
  return issuance;
}

}  // namespace mayfly::fleet
