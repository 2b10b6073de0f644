// What a new policy set gives and takes, computed from the structure of both.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_DIFF_H_
#define MAYFLY_CA_POLICY_ANALYSIS_DIFF_H_

#include <memory>
#include <string>
#include <vector>

#include "ca/policy/analysis/access.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

struct Change {
  enum class Kind {
    kGain,  // Had it by no grant, has it now.
    kMore,  // Had it, and now with something it lacked: longer, without a reason …
    kLess,
    kLoss,
  };
  Kind kind = Kind::kGain;
  bool for_user = true;
  std::vector<Principal> principals;
  std::string grant;              // Of the set that gives more: the new one for kGain and kMore.
  std::string source;             // "20-people.yaml:12"
  Region region;                  // Of the difference's universe of users, or of hosts.
  std::vector<std::string> whom;  // The same in words; any of them.
  std::string terms;              // What is given or taken, or how the terms change.

  bool widens() const { return kind == Kind::kGain || kind == Kind::kMore; }
};

// Identities x principals, exactly: every identity, known facts or unknown, every address, every
// type of key. A request that names its grant and one login is what is compared: what a caller can
// get at best. Which grant `mayfly login` chooses by itself is not.
struct Difference {
  std::vector<Change> changes;  // Gains first.
  std::vector<std::string>
      limits;  // What Widenings says: denials, operators, ceilings, scoped_only.
  // A region was cut (region.h): the changes may claim too much, and so may stand for none.
  bool inexact = false;
  std::shared_ptr<const Universe> users, hosts;  // For changes' regions.

  bool widens() const;
};
Difference Compare(const PolicySet& before, const PolicySet& now);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_DIFF_H_
