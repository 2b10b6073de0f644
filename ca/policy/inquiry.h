// All that one decision is made from, so that its parts need not pass five references on.
#ifndef MAYFLY_CA_POLICY_INQUIRY_H_
#define MAYFLY_CA_POLICY_INQUIRY_H_

#include <string>

#include "absl/time/time.h"
#include "ca/model/facts.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "ca/policy/conditions.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// Lives for one call of Decide.
struct Inquiry {
  Inquiry(const PolicySet& in_force, const model::Identity& who, const model::Request& what,
          const model::Facts& known, absl::Time when)
      : policy(in_force),
        identity(who),
        request(what),
        facts(known),
        now(when),
        caller(who, what.peer, when) {}

  const PolicySet& policy;
  const model::Identity& identity;
  const model::Request& request;
  const model::Facts& facts;
  absl::Time now;
  Caller caller;

  bool for_user() const { return request.kind == ssh::CertificateKind::kUser; }
};

// Why a request is refused, before it becomes a Denied.
struct Refusal {
  std::string rule;
  std::string message;
  bool needs_fresh_login = false;
};

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_INQUIRY_H_
