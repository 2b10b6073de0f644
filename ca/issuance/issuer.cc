#include "ca/issuance/issuer.h"

#include <utility>

#include "base/mutex.h"
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

struct Issuer::Job {
  const model::Call& call;
  const model::Identity& identity;
  const std::vector<model::Request>& requests;
  const std::optional<ledger::HostEnrolment> enrolment;
  const Resume resume;
  const Done done;
  int attempts = 0;
  Prepared prepared = {};  // By the last attempt.
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
  Mutex mutex;
  ConditionVariable changed;
  std::function<void()> left;  // There is never more than one.
  std::optional<absl::StatusOr<IssueOutcome>> outcome;
  const auto resume = [&](std::function<void()> work) {
    const MutexLock lock(mutex);
    left = std::move(work);
    changed.NotifyOne();  // Under the lock, for both are gone soon after it.
  };
  IssueThen(call, identity, requests, enrolment, resume,
            [&](absl::StatusOr<IssueOutcome> answer) { outcome = std::move(answer); });
  while (!outcome) {
    std::function<void()> work;
    {
      const MutexLock lock(mutex);
      while (!left) changed.Wait(mutex);
      work = std::exchange(left, nullptr);
    }
    work();
  }
  return *std::move(outcome);
}

void Issuer::IssueThen(const model::Call& call, const model::Identity& identity,
                       const std::vector<model::Request>& requests,
                       std::optional<ledger::HostEnrolment> enrolment, Resume resume, Done done) {
  Attempt(std::make_shared<Job>(
      Job{call, identity, requests, std::move(enrolment), std::move(resume), std::move(done)}));
}

void Issuer::Attempt(const std::shared_ptr<Job>& job) {
  ++job->attempts;
  absl::StatusOr<Prepared> prepared =
      Prepare(job->call, job->identity, job->requests, job->enrolment);
  if (!prepared.ok()) return job->done(prepared.status());
  if (prepared->pending) return job->done(File(*std::move(prepared)));
  if (prepared->denied) return job->done(Refuse(*std::move(prepared)));
  job->prepared = *std::move(prepared);
  ledger_.RecordIssuances(job->prepared.batch, job->resume,
                          [this, job](absl::StatusOr<std::vector<ledger::IssuanceTicket>> tickets) {
                            Conclude(job, std::move(tickets));
                          });
}

void Issuer::Conclude(const std::shared_ptr<Job>& job,
                      absl::StatusOr<std::vector<ledger::IssuanceTicket>> tickets) {
  Prepared& prepared = job->prepared;
  const absl::Status& status = tickets.status();
  if (status.ok()) {
    for (const ledger::IssuanceRecord& issuance : prepared.batch.issuances) {
      if (issuance.granted.break_glass) seams_.glass_broken(job->identity, issuance);
    }
    return job->done(Sign(std::move(prepared), *std::move(tickets)));
  }
  if (absl::IsAborted(status)) {
    if (job->attempts < kMaxAttempts) return Attempt(job);
    return job->done(Aborted("what the decision rests on keeps changing; try again"));
  }
  if (!absl::IsPermissionDenied(status)) return job->done(status);
  prepared.denied = RefusedByHardRule("claims", Message(status));
  prepared.last_request = job->requests.front();
  prepared.last_facts = std::move(prepared.batch.issuances.front().facts);
  job->done(Refuse(std::move(prepared)));
}

absl::StatusOr<IssueOutcome> Issuer::Refuse(Prepared prepared) {
  MAYFLY_RETURN_IF_ERROR(
      ledger_.RecordDenial({std::move(prepared.batch.call), std::move(prepared.batch.identity),
                            std::move(prepared.last_request), *prepared.denied,
                            std::move(prepared.last_facts), prepared.batch.decided_at}));
  return *std::move(prepared.denied);
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
    model::Decision decision;
    if (!prepared.denied) {
      decision = policy::Decide(*policy, identity, request, facts, now, policy::DetailFor(*policy));
      if (auto* denied = std::get_if<model::Denied>(&decision)) {
        prepared.denied = std::move(*denied);
      }
      if (auto* pending = std::get_if<model::Pending>(&decision)) {
        prepared.pending = std::move(*pending);
      }
    }
    if (prepared.denied || prepared.pending) {
      prepared.last_request = request;
      prepared.last_facts = std::move(facts);
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
  std::vector<ssh::Certificate> certificates;
  for (ledger::IssuanceTicket& ticket : tickets) {
    MAYFLY_ASSIGN_OR_RETURN(ssh::Certificate certificate, signer_.Sign(std::move(ticket)));
    certificates.push_back(std::move(certificate));
  }
  ledger_.RecordSignedLater(prepared.batch.call, prepared.batch.identity.subject, certificates);
  std::vector<IssuedCertificate> issued;
  for (size_t i = 0; i < certificates.size(); ++i) {
    issued.push_back({std::move(certificates[i]), std::move(prepared.batch.issuances[i].granted)});
  }
  return issued;
}

}  // namespace mayfly::issuance
