// Decide: identity + request + facts + time -> decision.
#ifndef MAYFLY_CA_POLICY_DECIDE_H_
#define MAYFLY_CA_POLICY_DECIDE_H_

#include "absl/time/time.h"
#include "ca/model/decision.h"
#include "ca/model/facts.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// How much a trace tells of rules that did not decide.
enum class TraceDetail {
  kAll,       // Every rule that was looked at.
  kRelevant,  // Those that are about this caller; how many others there were. Thirty times faster
              // over a thousand rules.
};
// kAll for sets that a person can read in one go, kRelevant for larger ones: what is recorded.
TraceDetail DetailFor(const PolicySet& policy);

// Pure and total: the same arguments always yield the same decision, and no argument, however
// hostile, yields an error or a crash. Thread-safe. In this order:
//
//   1. what no policy can allow: a banned subject, a revoked key, another's key, a request that
//      contradicts itself;
//   2. denials that the caller or the request as asked meets;
//   3. one grant: the one named in the request; else, for a named host, the first in order that
//      permits the request there; else the first `default: true` that permits it; else the first
//      that does. A grant permits when all its conditions hold and nothing asked exceeds its
//      bounds;
//      A grant that lacks nothing but approval steps back behind those that lack nothing: it makes
//      the request wait (model::Pending) when none of these permits it;
//   4. denials again, of the certificate that this grant would make. A denial never makes another
//      grant step in: it refuses, so that adding one can only take away.
//
// A refusal's message is for the caller: it names the one rule that refused and speaks of no other.
// The trace is for operators, and for the caller about itself; the decision is the same at either
// detail.
model::Decision Decide(const PolicySet& policy, const model::Identity& identity,
                       const model::Request& request, const model::Facts& facts, absl::Time now,
                       TraceDetail detail = TraceDetail::kAll);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_DECIDE_H_
