// Lint on what nobody can reach: grants, denials and logins without effect.
#include <algorithm>
#include <map>

#include "ca/policy/analysis/access.h"
#include "ca/policy/analysis/lint.h"
#include "ca/policy/finding.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

// One kind of certificate in one set.
class Reach {
 public:
  Reach(const PolicySet& policy, bool for_user, std::vector<Lint>* lint)
      : policy_(policy),
        for_user_(for_user),
        universe_(Universe::Of({&policy}, for_user)),
        access_(policy, universe_),
        lint_(*lint) {
    for (const Principal& principal : access_.Principals()) {
      const Region denied = access_.DeniedOf(principal);
      for (const Grant& grant : policy.grants()) {
        Region region = access_.RegionOf(grant, principal);
        if (!region.empty()) {
          given_[&grant].push_back(Given{principal, region, region.Without(denied)});
        }
      }
    }
  }

  void Look() {
    for (const Grant& grant : policy_.grants()) {
      if (for_user_ == (grant.user() != nullptr)) Look(grant);
    }
    for (const Grant& grant : policy_.grants()) LookForEarlier(grant);
  }

  // Whether the denial takes something from somebody.
  bool Refuses(size_t denial) const {
    return std::ranges::any_of(given_, [&](const auto& of_grant) {
      return std::ranges::any_of(of_grant.second, [&](const Given& given) {
        return access_.Concerns(policy_.denials()[denial], given.principal) &&
               !given.whole.And(access_.WhomConcerns(denial)).empty();
      });
    });
  }

  bool Gives(const std::string& login) const {
    return std::ranges::any_of(given_, [&](const auto& of_grant) {
      return std::ranges::any_of(of_grant.second, [&](const Given& given) {
        return given.principal.kind == Principal::Kind::kLogin && given.principal.text == login;
      });
    });
  }

 private:
  struct Given {
    Principal principal;
    Region whole;  // To whom the grant gives it,
    Region left;   // and what denials leave of them.
  };

  void Look(const Grant& grant) {
    const auto found = given_.find(&grant);
    if (found == given_.end()) {
      Warn(grant, "unreachable-grant", "for",
           "nobody can meet this: its conditions contradict each other, or its logins are withheld",
           "read its conditions together, and mayfly policy explain --grant " + grant.name);
      return;
    }
    const auto left = [](const Given& given) { return !given.left.empty(); };
    if (std::ranges::none_of(found->second, left)) {
      Warn(grant, "unreachable-grant", "for", "denials refuse everything that this grant gives",
           "take it out, or narrow the denial");
      return;
    }
    for (const Given& given : found->second) {
      if (left(given) || !policy_.NamesLiterally(given.principal.text)) continue;
      Warn(grant, "unreachable-principal", "user_certificate.logins",
           fmt::format("nobody can get {} here: denials refuse it to all whom the grant is for",
                       Describe(given.principal)),
           "take the login out, or narrow the denial");
    }
  }

  // Whether grants that stand before it give all that it gives, on terms as good.
  void LookForEarlier(const Grant& grant) {
    const auto found = given_.find(&grant);
    if (found == given_.end()) return;
    const Offer offer = OfferOf(grant, policy_.ceilings());
    std::vector<std::string> by;
    for (const Given& given : found->second) {
      Region rest = given.whole;
      for (const Grant& earlier : policy_.grants()) {
        if (&earlier == &grant || rest.empty()) break;
        if (!AtLeast(OfferOf(earlier, policy_.ceilings()), offer)) continue;
        const Region theirs = access_.RegionOf(earlier, given.principal);
        if (rest.And(theirs).empty()) continue;
        rest = rest.Without(theirs);
        if (std::ranges::find(by, earlier.name) == by.end()) by.push_back(earlier.name);
      }
      if (!rest.empty() || rest.cut()) return;
    }
    Warn(grant, "redundant-grant", "",
         fmt::format("all that it gives is given before it, on terms as good, by {}", Shown(by)),
         "take it out, unless it is asked for by name");
  }

  void Warn(const Grant& grant, std::string_view check, std::string_view field,
            const std::string& message, const std::string& advice) {
    lint_.push_back(Lint{Severity::kWarning, check, "grant " + grant.name, std::string(field),
                         message, advice});
  }

  const PolicySet& policy_;
  const bool for_user_;
  const Universe universe_;
  const Access access_;
  std::vector<Lint>& lint_;
  std::map<const Grant*, std::vector<Given>> given_;
};

void LintDenial(const PolicySet& policy, size_t index, const Reach& users, const Reach& hosts,
                std::vector<Lint>* lint) {
  const Denial& denial = policy.denials()[index];
  const std::string rule = "denial " + denial.name;
  if (!users.Refuses(index) && !hosts.Refuses(index)) {
    lint->push_back(Lint{Severity::kWarning, "unreachable-denial", rule, "when",
                         "it refuses nothing that any grant allows",
                         "check its names; keep it only as a guard against grants to come"});
    return;
  }
  for (const std::string& login : denial.logins) {
    if (users.Gives(login)) continue;
    lint->push_back(Lint{Severity::kNote, "unreachable-principal", rule, "when.logins",
                         fmt::format("no grant gives login {}", login),
                         "check the name; keep it only as a guard against grants to come"});
  }
}

}  // namespace

void LintReach(const PolicySet& policy, std::vector<Lint>* lint) {
  Reach users(policy, /*for_user=*/true, lint);
  Reach hosts(policy, /*for_user=*/false, lint);
  users.Look();
  hosts.Look();
  for (size_t i = 0; i < policy.denials().size(); ++i) LintDenial(policy, i, users, hosts, lint);
  const bool mended = std::ranges::any_of(policy.operators(), [](const Operator& rule) {
    return std::ranges::find(rule.permissions, Permission::kApplyPolicy) != rule.permissions.end();
  });
  if (!mended) {
    lint->push_back(Lint{Severity::kNote, "no-operator", "", "",
                         "no operator may apply-policy: only root on the CA's machine can",
                         "give the permission in an operator rule"});
  }
}

}  // namespace mayfly::policy
