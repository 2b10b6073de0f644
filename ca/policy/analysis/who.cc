#include "ca/policy/analysis/who.h"

#include <set>

namespace mayfly::policy {
namespace {

// Whether a host with the labels accepts what is issued for the scope.
bool Opens(const model::Labels& scope, const model::Labels& host,
           const model::Labels& scoped_only) {
  if (!scope.empty()) return HasLabels(host, scope);
  return scoped_only.empty() || !HasLabels(host, scoped_only);
}

// The forms in which the set could give the name.
std::set<Principal> Forms(const PolicySet& policy, const WhoQuery& query) {
  if (!query.for_user) return {Principal{Principal::Kind::kHostName, {}, query.login, ""}};
  std::set<Principal> forms;
  for (const Grant& grant : policy.grants()) {
    if (grant.user() == nullptr) continue;
    const model::Labels& scope = grant.user()->hosts;
    if (query.host_labels && !Opens(scope, *query.host_labels, policy.scoped_only())) continue;
    forms.insert(Principal{Principal::Kind::kLogin, scope, query.login, ""});
  }
  return forms;
}

// Without what the identity itself decides, which holds already.
Box Remaining(const Box& box, const Universe& universe) {
  Box rest;
  for (const auto& [index, set] : box) {
    if (!Universe::IsOfIdentity(universe.dimensions()[index].kind)) rest[index] = set;
  }
  return rest;
}

PersonRoute Provided(const Region& region, const Universe& universe) {
  Region rest;
  for (const Box& box : region.boxes()) rest.Add(Remaining(box, universe));
  PersonRoute route;
  rest.Simplify();
  for (const Box& box : rest.boxes()) {
    const std::string provided = universe.Describe(box);
    if (provided != universe.Describe(Box())) route.provided.push_back(provided);
  }
  return route;
}

}  // namespace

WhoAnswer Who(const PolicySet& policy, const WhoQuery& query) {
  const Universe universe = Universe::Of({&policy}, query.for_user, {query.login});
  const Access access(policy, universe);
  WhoAnswer answer;
  for (const Principal& principal : Forms(policy, query)) {
    for (const Allowance& allowance : access.AllowancesOf(principal)) {
      Route route{
          principal, allowance.grant, allowance.offer, universe.Describe(allowance.region), {}};
      const Region whole = access.RegionOf(*allowance.grant, principal);
      for (size_t i = 0; i < policy.denials().size(); ++i) {
        const Denial& denial = policy.denials()[i];
        if (access.Concerns(denial, principal) && !whole.And(access.WhomConcerns(i)).empty()) {
          route.refused.push_back(denial.name);
        }
      }
      for (size_t i = 0; i < query.people.size(); ++i) {
        const Region theirs = allowance.region.And(universe.LocateIdentity(query.people[i]));
        if (theirs.empty()) continue;
        PersonRoute person = Provided(theirs, universe);
        person.person = i;
        person.route = answer.routes.size();
        answer.people.push_back(std::move(person));
      }
      answer.routes.push_back(std::move(route));
    }
  }
  return answer;
}

}  // namespace mayfly::policy
