// Who can get a principal.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_WHO_H_
#define MAYFLY_CA_POLICY_ANALYSIS_WHO_H_

#include <optional>
#include <string>
#include <vector>

#include "ca/model/identity.h"
#include "ca/policy/analysis/access.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

struct WhoQuery {
  std::string login;  // Or the host name of a host certificate.
  bool for_user = true;
  std::optional<model::Labels> host_labels;  // Of the host to log in to; nullopt: whatever host.
  std::vector<model::Identity> people;       // Those that are known: users file, recorded ones.
};

// One grant that gives it.
struct Route {
  Principal principal;
  const Grant* grant = nullptr;  // Of the set that was asked.
  Offer offer;
  std::vector<std::string> whom;     // Any of them.
  std::vector<std::string> refused;  // Those of them whom a denial refuses: names of denials.
};
struct PersonRoute {
  size_t person = 0;                  // Index in WhoQuery::people.
  size_t route = 0;                   // Index in WhoAnswer::routes.
  std::vector<std::string> provided;  // What else must be so, any of them: "from 10.0.0.0/8".
};
struct WhoAnswer {
  std::vector<Route> routes;
  std::vector<PersonRoute> people;
};
WhoAnswer Who(const PolicySet& policy, const WhoQuery& query);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_WHO_H_
