// Evaluates whom a rule is about.
#ifndef MAYFLY_CA_POLICY_CONDITIONS_H_
#define MAYFLY_CA_POLICY_CONDITIONS_H_

#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "base/network.h"
#include "ca/model/fact.h"
#include "ca/model/identity.h"
#include "ca/policy/finding.h"
#include "ca/policy/rules.h"

namespace mayfly::policy {

// Who asks, prepared once for the conditions of many rules. Lives as long as its arguments.
class Caller {
 public:
  Caller(const model::Identity& identity, const model::Fact<IpAddress>& peer, absl::Time now);

  const model::Identity& identity() const { return identity_; }
  const model::Fact<IpAddress>& peer() const { return peer_; }
  absl::Time now() const { return now_; }
  bool InGroup(std::string_view group) const { return groups_.contains(group); }
  // What is known of a claim. One that nobody asserted is unknown: a provider may have left it out.
  model::Fact<std::string> Claim(const std::string& name) const;

 private:
  const model::Identity& identity_;
  const model::Fact<IpAddress>& peer_;
  const absl::Time now_;
  absl::flat_hash_set<std::string_view> groups_;  // Empty when they are unknown.
};

// Adds one finding a condition that `conditions` writes, cheap ones first. What an
// unknown outcome means is the caller's to say: a grant wants kHeld, a denial anything but kFailed.
void EvaluateConditions(const Conditions& conditions, const Caller& caller, Findings* findings);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_CONDITIONS_H_
