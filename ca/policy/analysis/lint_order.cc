// Lint on grants of which the order decides.
#include <algorithm>
#include <map>
#include <set>

#include "ca/policy/analysis/access.h"
#include "ca/policy/analysis/lint.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

// What a grant is tried for.
struct Tried {
  const Grant* grant = nullptr;
  Region whom;
  std::set<std::string> logins;  // And of placeholders their text.
};

// Whether one login can be had by both, however placeholders are filled.
bool ShareLogin(const Tried& a, const Tried& b) {
  return std::ranges::any_of(a.logins,
                             [&](const std::string& login) {
                               return b.logins.contains(login) || login.starts_with('$');
                             }) ||
         std::ranges::any_of(b.logins,
                             [](const std::string& login) { return login.starts_with('$'); });
}

bool ShareHost(const Grant& a, const Grant& b) {
  return a.user() != nullptr && CanBeOne(a.user()->hosts, b.user()->hosts);
}

Tried TriedOf(const Grant& grant, const Access& access, const std::set<Principal>& principals) {
  Tried tried;
  tried.grant = &grant;
  for (const Principal& principal : principals) {
    const Region region = access.RegionOf(grant, principal);
    if (region.empty()) continue;
    tried.whom.Add(region);
    const bool named = principal.kind == Principal::Kind::kLogin;
    tried.logins.insert(named ? principal.text
                              : "$" + std::to_string(static_cast<int>(principal.kind)));
  }
  tried.whom.Simplify();
  return tried;
}

// Requests that name neither grant nor host try the default grants first, then the others; those
// that name a host try all in order.
bool OrderDecides(const Tried& a, const Tried& b) {
  const bool same_round = a.grant->is_default == b.grant->is_default;
  const bool by_host = ShareHost(*a.grant, *b.grant) && ShareLogin(a, b);
  return (same_round || by_host) && a.whom.Meets(b.whom);
}

void LintKind(const PolicySet& policy, bool for_user, std::vector<Lint>* lint) {
  const Universe universe = Universe::Of({&policy}, for_user);
  const Access access(policy, universe);
  const std::set<Principal> principals = access.Principals();
  std::vector<Tried> tried;
  for (const Grant& grant : policy.grants()) {
    if (for_user == (grant.user() != nullptr)) tried.push_back(TriedOf(grant, access, principals));
  }
  for (size_t i = 0; i < tried.size(); ++i) {
    std::vector<std::string> defaults, others;
    for (size_t j = i + 1; j < tried.size(); ++j) {
      if (!OrderDecides(tried[i], tried[j])) continue;
      const bool both = tried[i].grant->is_default && tried[j].grant->is_default;
      (both ? defaults : others).push_back(tried[j].grant->name);
    }
    const std::string rule = "grant " + tried[i].grant->name;
    if (!defaults.empty()) {
      lint->push_back(
          Lint{Severity::kWarning, "order", rule, "default",
               fmt::format("both this and {} are default for some callers: mayfly login "
                           "gives them what stands first",
                           Shown(defaults)),
               "leave default: true with one of them, or tell their callers apart"});
    }
    if (!others.empty()) {
      lint->push_back(
          Lint{Severity::kNote, "order", rule, "",
               fmt::format("some requests are permitted by this and by {}: it is chosen "
                           "because it stands first",
                           Shown(others)),
               "callers choose with --grant"});
    }
  }
}

}  // namespace

void LintOrder(const PolicySet& policy, std::vector<Lint>* lint) {
  LintKind(policy, /*for_user=*/true, lint);
  LintKind(policy, /*for_user=*/false, lint);
}

}  // namespace mayfly::policy
