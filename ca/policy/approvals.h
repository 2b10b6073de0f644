// Whether enough people have approved a request.
#ifndef MAYFLY_CA_POLICY_APPROVALS_H_
#define MAYFLY_CA_POLICY_APPROVALS_H_

#include <string>

#include "absl/time/time.h"
#include "ca/model/decision.h"
#include "ca/policy/inquiry.h"

namespace mayfly::policy {

// Whom a rule asks, for people: "groups [sre-leads]", "operators who may approve".
std::string ApproversText(const ApprovalRule& rule);

// Whether `approver`, calling from `peer` at `now`, is one of those whom `rule` asks: of `from`,
// or, where the rule says none, an operator with the permission approve. Says nothing of whether it
// is the requester.
bool IsApprover(const PolicySet& policy, const ApprovalRule& rule, const model::Identity& approver,
                const model::Fact<IpAddress>& peer, absl::Time now);

// Whether `approver` may approve requests for `grant` of somebody else: one of its rules asks it.
bool MayApprove(const PolicySet& policy, const Grant& grant, const model::Identity& approver,
                const model::Fact<IpAddress>& peer, absl::Time now);

struct ApprovalVerdict {
  bool complete = false;
  bool once = true;  // When complete: good for one certificate, else until `usable_until`.
  absl::Time usable_until;
  std::vector<model::ApprovalNeed> needs;  // One a rule of the grant, also of those that are met.
  absl::Duration within;  // How long approvals may take: the shortest of the rules.
};

// Counts the approvals of `filed`, asked by `requester`, as of `now`.
ApprovalVerdict CountApprovals(const PolicySet& policy, const Grant& grant,
                               const model::Subject& requester, const model::FiledRequest& filed,
                               absl::Time now);

// Judges what inquiry.facts.filed holds against the rules of `grant`, under the policy in force.
// Nobody counts for two rules, nor for their own request; an approver counts as they were proven
// when they approved.
ApprovalVerdict JudgeApprovals(const Grant& grant, const Inquiry& inquiry);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_APPROVALS_H_
