#include "ca/fleet/enrolment.h"

#include <algorithm>
#include <set>

#include "base/status.h"
#include "fmt/format.h"

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

// What a host may prove itself by before it is enrolled.
bool Introduces(model::Proof proof) {
  return proof == model::Proof::kJoinToken || proof == model::Proof::kMtls ||
         proof == model::Proof::kAws || proof == model::Proof::kGcp ||
         proof == model::Proof::kAzure || proof == model::Proof::kAzureIdentity;
}

// The one spelling of what was attested; a certificate's name is its authenticator's to give.
std::string AttestedBy(const model::Identity& identity) {
  if (identity.proof == model::Proof::kJoinToken) return {};
  if (identity.proof != model::Proof::kMtls) return identity.issuer_subject;
  return fmt::format("{} {}", identity.authenticator, identity.issuer_subject);
}

absl::Status CheckSameProof(const model::Identity& one, const model::Identity& first) {
  if (!Introduces(one.proof)) {
    return InvalidArgument(
        "calls: a host enrols by a join token, a client certificate or its cloud's document");
  }
  if (one.proof == first.proof && one.proof_key == first.proof_key &&
      one.bearer_digest == first.bearer_digest && one.issuer_subject == first.issuer_subject) {
    return absl::OkStatus();
  }
  return InvalidArgument("calls: expected all documents to be proven by the same credential");
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
                                              const model::Fact<IpAddress>& peer,
                                              const std::set<std::string>& returning) {
  MAYFLY_RETURN_IF_ERROR(CheckSameHost(calls));
  MAYFLY_RETURN_IF_ERROR(CheckListsAllKeys(calls));
  const model::Identity& identity = calls.front().identity;
  ledger::HostEnrolment enrolment;
  enrolment.host = identity.subject;
  if (identity.subject.kind != model::SubjectKind::kHost) {
    return InvalidArgument("calls: the certificate is a user's, and only hosts enroll");
  }
  const bool by_token = identity.proof == model::Proof::kJoinToken;
  if (by_token) enrolment.token_key = identity.proof_key;
  enrolment.replaces = by_token;  // If the token says so too: the ledger looks.
  enrolment.attested = AttestedBy(identity);
  enrolment.may_return = !by_token && returning.contains(identity.authenticator);
  if (identity.labels.known()) enrolment.labels = identity.labels.value();
  for (const HostKeyCall& call : calls) {
    MAYFLY_RETURN_IF_ERROR(CheckSameProof(call.identity, identity));
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
