// All that one decision is made from, so that its parts need not pass five references on.
#ifndef MAYFLY_CA_POLICY_INQUIRY_H_
#define MAYFLY_CA_POLICY_INQUIRY_H_

#include <string>

#include "absl/time/time.h"
#include "ca/model/facts.h"
#include "ca/model/identity.h"
#include "ca/model/request.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

// Lives for one call of Decide.
struct Inquiry {
  const PolicySet& policy;
  const model::Identity& identity;
  const model::Request& request;
  const model::Facts& facts;
  absl::Time now;

  bool for_user() const { return request.kind == ssh::CertificateKind::kUser; }
};

// Why a request is refused, before it becomes a Denied.
struct Refusal {
  std::string rule;
  std::string message;
};

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_INQUIRY_H_
