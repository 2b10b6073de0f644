// The life of a request, stage by stage: gather, decide, compose, check, record, sign.
#ifndef MAYFLY_CA_ISSUANCE_ISSUER_H_
#define MAYFLY_CA_ISSUANCE_ISSUER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "ca/issuance/certificate_signer.h"
#include "ca/keys/key_ring.h"
#include "ca/ledger/ledger.h"
#include "ca/model/decision.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "ca/policy/policy_set.h"
#include "ssh/certificate.h"

namespace mayfly::issuance {

struct IssuerOptions {
  absl::Duration backdate = absl::Minutes(1);
  ssh::KeyLimits key_limits;
};

// What Issuer needs from its siblings, lent by ca/main.
struct IssuerSeams {
  // The policy set in force; never null.
  std::function<std::shared_ptr<const policy::PolicySet>()> policy;
  // Whether a key is a credential of the CA (an enrolled user's key): such a key is never
  // certified.
  std::function<bool(const ssh::PublicKey&)> is_credential;
  // A certificate by a break-glass grant is recorded and about to be signed: raise the alarm.
  std::function<void(const model::Identity&, const ledger::IssuanceRecord&)> glass_broken =
      [](const model::Identity&, const ledger::IssuanceRecord&) {};
};

struct IssuedCertificate {
  ssh::Certificate certificate;
  model::Granted granted;
};

// The request waits for approval.
struct Filed {
  model::Pending pending;
  ledger::FiledState state;
};

// Certificates in the order of the requests, or the one refusal that stopped them all, or the
// request that was filed to be approved.
using IssueOutcome = std::variant<std::vector<IssuedCertificate>, model::Denied, Filed>;

// Thread-safe. All references outlive it.
class Issuer {
 public:
  Issuer(const IssuerOptions& options, IssuerSeams seams, ledger::Ledger& ledger,
         const keys::KeyRing& ring, const Clock& clock, Random& random);

  // Issues a certificate for every request, or none. A refusal is an answer (model::Denied) and is
  // recorded; an error means that nothing was signed:
  //   kAborted         what the decision rested on kept changing; ask again
  //   kAlreadyExists   this call was recorded before
  //   otherwise        the ledger's or the signer's
  absl::StatusOr<IssueOutcome> Issue(const model::Call& call, const model::Identity& identity,
                                     const std::vector<model::Request>& requests,
                                     const std::optional<ledger::HostEnrolment>& enrolment);

  // The same without a thread that waits for the disk: `resume` runs what is left to do on a thread
  // that may, and `done` is called once, there or on this thread. What is taken by reference must
  // live until then.
  using Resume = ledger::Ledger::Resume;
  using Done = std::function<void(absl::StatusOr<IssueOutcome>)>;
  void IssueThen(const model::Call& call, const model::Identity& identity,
                 const std::vector<model::Request>& requests,
                 std::optional<ledger::HostEnrolment> enrolment, Resume resume, Done done);

  // Decides as Issue would, and does nothing. Not recorded.
  absl::StatusOr<model::Decision> Explain(const model::Identity& identity,
                                          const model::Request& request);

 private:
  struct Prepared;  // What one pass of gather, decide, compose and check yields.
  struct Job;       // One call to IssueThen.
  void Attempt(const std::shared_ptr<Job>& job);
  void Conclude(const std::shared_ptr<Job>& job,
                absl::StatusOr<std::vector<ledger::IssuanceTicket>> tickets);
  absl::StatusOr<IssueOutcome> Refuse(Prepared prepared);
  absl::StatusOr<IssueOutcome> File(Prepared prepared);
  absl::StatusOr<std::optional<ledger::FiledState>> FindApproved(const model::Subject& requester,
                                                                 const std::string& grant_name,
                                                                 const std::string& digest);
  absl::StatusOr<Prepared> Prepare(const model::Call& call, const model::Identity& identity,
                                   const std::vector<model::Request>& requests,
                                   const std::optional<ledger::HostEnrolment>& enrolment);
  absl::StatusOr<model::Facts> Gather(const model::Identity& identity,
                                      const model::Request& request);
  // A refusal by the hard rules on subject keys, whatever the policy says.
  std::optional<model::Denied> JudgeKey(const model::Identity& identity,
                                        const model::Request& request,
                                        const model::Facts& facts) const;
  absl::StatusOr<std::vector<IssuedCertificate>> Sign(Prepared prepared,
                                                      std::vector<ledger::IssuanceTicket> tickets);

  const IssuerOptions options_;
  const IssuerSeams seams_;
  ledger::Ledger& ledger_;
  const keys::KeyRing& ring_;
  const CertificateSigner signer_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace mayfly::issuance

#endif  // MAYFLY_CA_ISSUANCE_ISSUER_H_
