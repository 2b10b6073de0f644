#include "ca/issuance/issuer.h"

#include <utility>

#include "base/status.h"
#include "ca/issuance/check.h"
#include "ca/issuance/compose.h"
#include "ca/model/asked_digest.h"
#include "ca/policy/approvals.h"
#include "ca/policy/decide.h"
#include "fmt/format.h"
#include "ssh/public_key.h"

namespace mayfly::issuance {
namespace {

// A revocation between decision and record sends a request round again; so many in a row mean that
// something is wrong with us, not with the caller.
constexpr int kMaxAttempts = 8;

model::Denied RefusedByHardRule(std::string_view rule, std::string message) {
  model::Denied denied;
  denied.rule = fmt::format("built-in: {}", rule);
  denied.message = std::move(message);
  denied.trace.push_back({denied.rule, "", "refused", {}});
  return denied;
}

}  // namespace

struct Issuer::Prepared {
  ledger::IssuanceBatch batch;
  std::optional<model::Denied> denied;
  std::optional<model::Pending> pending;
  // The request that was judged last: the one that is denied or waits; and what that rested on.
  std::optional<model::Request> last_request;
  std::optional<model::Facts> last_facts;
};

Issuer::Issuer(const IssuerOptions& options, IssuerSeams seams, ledger::Ledger& ledger,
               const keys::KeyRing& ring, const Clock& clock, Random& random)
    : options_(options),
      seams_(std::move(seams)),
      ledger_(ledger),
      ring_(ring),
      signer_(ring),
      clock_(clock),
      random_(random) {}

absl::StatusOr<IssueOutcome> Issuer::Issue(const model::Call& call, const model::Identity& identity,
                                           const std::vector<model::Request>& requests,
                                           const std::optional<ledger::HostEnrolment>& enrolment) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    MAYFLY_ASSIGN_OR_RETURN(Prepared prepared, Prepare(call, identity, requests, enrolment));
    if (prepared.pending) return File(std::move(prepared));
    if (!prepared.denied) {
      absl::StatusOr<std::vector<ledger::IssuanceTicket>> tickets =
          ledger_.RecordIssuances(prepared.batch);
      for (const ledger::IssuanceRecord& issuance : prepared.batch.issuances) {
        if (tickets.ok() && issuance.granted.break_glass) seams_.glass_broken(identity, issuance);
      }
      if (tickets.ok()) return Sign(std::move(prepared), *std::move(tickets));
      if (absl::IsAborted(tickets.status())) continue;
      if (!absl::IsPermissionDenied(tickets.status())) return tickets.status();
      prepared.denied = RefusedByHardRule("claims", Message(tickets.status()));
      prepared.last_request = requests.front();
    }
    MAYFLY_RETURN_IF_ERROR(
        ledger_.RecordDenial({call, identity, prepared.last_request, *prepared.denied,
                              prepared.last_facts, prepared.batch.decided_at}));
    return *std::move(prepared.denied);
  }
  return Aborted("what the decision rests on keeps changing; try again");
}

absl::StatusOr<IssueOutcome> Issuer::File(Prepared prepared) {
  const model::Identity& identity = prepared.batch.identity;
  const model::Request& request = *prepared.last_request;
  const ledger::FilingRecord filing{prepared.batch.call,
                                    identity,
                                    request,
                                    *prepared.pending,
                                    model::AskedDigest(identity.subject, request.kind, request.ask),
                                    *prepared.last_facts,
                                    prepared.batch.decided_at};
  MAYFLY_ASSIGN_OR_RETURN(
      std::optional<ledger::FiledState> approved,
      FindApproved(identity.subject, filing.pending.terms.grant, filing.digest));
  if (approved) return Filed{*std::move(prepared.pending), *std::move(approved)};
  MAYFLY_ASSIGN_OR_RETURN(ledger::FiledState state, ledger_.FileRequest(filing));
  return Filed{*std::move(prepared.pending), std::move(state)};
}

// An approval that is still good, also one that was used and may be used again, so that nobody is
// asked twice.
absl::StatusOr<std::optional<ledger::FiledState>> Issuer::FindApproved(
    const model::Subject& requester, const std::string& grant_name, const std::string& digest) {
  const std::shared_ptr<const policy::PolicySet> policy = seams_.policy();
  const policy::Grant* grant = policy->FindGrant(grant_name);
  if (grant == nullptr) return std::nullopt;
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<ledger::FiledState> open,
                          ledger_.OpenRequestsOf(digest));
  for (const ledger::FiledState& state : open) {
    const policy::ApprovalVerdict verdict =
        policy::CountApprovals(*policy, *grant, requester, state.ToFact(), clock_.Now());
    if (verdict.complete) return state;
  }
  return std::nullopt;
}

absl::StatusOr<model::Decision> Issuer::Explain(const model::Identity& identity,
                                                const model::Request& request) {
  MAYFLY_ASSIGN_OR_RETURN(const model::Facts facts, Gather(identity, request));
  return policy::Decide(*seams_.policy(), identity, request, facts, clock_.Now());
}

absl::StatusOr<Issuer::Prepared> Issuer::Prepare(
    const model::Call& call, const model::Identity& identity,
    const std::vector<model::Request>& requests,
    const std::optional<ledger::HostEnrolment>& enrolment) {
  Prepared prepared;
  prepared.batch.call = call;
  prepared.batch.identity = identity;
  prepared.batch.enrolment = enrolment;
  const std::shared_ptr<const policy::PolicySet> policy = seams_.policy();
  const absl::Time now = clock_.Now();
  prepared.batch.decided_at = now;
  const CheckLimits limits{.backdate = options_.backdate, .until = identity.until};

  for (const model::Request& request : requests) {
    MAYFLY_ASSIGN_OR_RETURN(model::Facts facts, Gather(identity, request));
    // The oldest generation is the one that all facts must still hold at.
    prepared.batch.generation = prepared.batch.issuances.empty()
                                    ? facts.generation
                                    : std::min(prepared.batch.generation, facts.generation);
    prepared.denied = JudgeKey(identity, request, facts);
    prepared.last_request = request;
    prepared.last_facts = facts;
    if (prepared.denied) return prepared;

    model::Decision decision =
        policy::Decide(*policy, identity, request, facts, now, policy::DetailFor(*policy));
    if (auto* denied = std::get_if<model::Denied>(&decision)) {
      prepared.denied = std::move(*denied);
      return prepared;
    }
    if (auto* pending = std::get_if<model::Pending>(&decision)) {
      prepared.pending = std::move(*pending);
      return prepared;
    }
    model::Granted granted = std::get<model::Granted>(std::move(decision));
    const model::KeyId key_id{identity.subject, facts.epoch};
    MAYFLY_ASSIGN_OR_RETURN(const ssh::Serial serial, ledger_.NextSerial());
    MAYFLY_ASSIGN_OR_RETURN(ssh::CertificateBody body,
                            Compose({.terms = granted.terms,
                                     .key = request.key,
                                     .ca_key = ring_.ca(request.kind).signer->public_key(),
                                     .serial = serial,
                                     .key_id = key_id,
                                     .now = now,
                                     .backdate = options_.backdate,
                                     .nonce = random_.Take(32)}));
    MAYFLY_RETURN_IF_ERROR(CheckBody(body, granted.terms, key_id, now, limits));
    prepared.batch.issuances.push_back(
        {request, std::move(facts), std::move(granted), std::move(body)});
  }
  return prepared;
}

absl::StatusOr<model::Facts> Issuer::Gather(const model::Identity& identity,
                                            const model::Request& request) {
  MAYFLY_ASSIGN_OR_RETURN(
      model::Facts facts,
      ledger_.ReadFacts(identity.subject, request.key.Fingerprint(), request.ask.target_host));
  if (!request.ask.approved) return facts;
  const absl::StatusOr<ledger::FiledState> filed = ledger_.FindRequest(*request.ask.approved);
  // Somebody else's says nothing about this one, whatever it asks.
  if (filed.ok() && filed->subject == identity.subject) facts.filed = filed->ToFact();
  if (!filed.ok() && !absl::IsNotFound(filed.status())) return filed.status();
  return facts;
}

std::optional<model::Denied> Issuer::JudgeKey(const model::Identity& identity,
                                              const model::Request& request,
                                              const model::Facts& facts) const {
  ssh::KeyLimits limits = options_.key_limits;
  // A person's key lives as long as its certificate; a host's is kept for years and looked at in
  // full.
  limits.possession_proven = request.kind == ssh::CertificateKind::kUser;
  if (const absl::Status weak = ssh::CheckSubjectKey(request.key, limits); !weak.ok()) {
    return RefusedByHardRule("subject key", Message(weak));
  }
  if (ring_.IsOurs(request.key)) {
    return RefusedByHardRule("subject key", "the key is one of the CA's own");
  }
  if (facts.key_revoked) {
    return RefusedByHardRule("subject key", "the key was revoked; make a new one");
  }
  if (identity.proof != model::Proof::kHostKey && seams_.is_credential(request.key)) {
    return RefusedByHardRule(
        "subject key",
        "the key is enrolled as a credential, and a certified key is never one; use another key, "
        "or let login make one");
  }
  if (!facts.key_owner.empty() && facts.key_owner != identity.subject.ToString()) {
    return RefusedByHardRule("subject key",
                             "the key belongs to another owner; a key is never shared, make a new "
                             "one");
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<IssuedCertificate>> Issuer::Sign(
    Prepared prepared, std::vector<ledger::IssuanceTicket> tickets) {
  MAYFLY_CHECK(tickets.size() == prepared.batch.issuances.size());
  std::vector<IssuedCertificate> issued;
  std::vector<ssh::Certificate> certificates;
  for (size_t i = 0; i < tickets.size(); ++i) {
    MAYFLY_ASSIGN_OR_RETURN(ssh::Certificate certificate, signer_.Sign(std::move(tickets[i])));
    certificates.push_back(certificate);
    issued.push_back({std::move(certificate), std::move(prepared.batch.issuances[i].granted)});
  }
  ledger_.RecordSignedLater(prepared.batch.call, prepared.batch.identity.subject, certificates);
  return issued;
}

}  // namespace mayfly::issuance
