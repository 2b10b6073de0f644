#include "ca/policy/analysis/access.h"

#include <algorithm>

#include "ca/model/principal.h"
#include "ca/policy/finding.h"
#include "ca/policy/pattern.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

using Kind = Principal::Kind;

// Whether some caller could get the login by this element.
bool YieldsBy(const LoginRule& rule, const std::string& login) {
  return rule.source != LoginSource::kPattern || MatchesLogin(rule.literal, login);
}

std::string PatternText(const HostNameRule& rule) {
  return rule.prefix + "${hostname}" + rule.suffix;
}

}  // namespace

bool CanBeOne(const model::Labels& a, const model::Labels& b) {
  return std::ranges::all_of(a, [&](const auto& label) {
    const auto other = b.find(label.first);
    return other == b.end() || other->second == label.second;
  });
}

std::string Describe(const Principal& principal) {
  std::string where = " on any host";
  if (!principal.scope.empty()) where = " on hosts with " + Shown(principal.scope);
  switch (principal.kind) {
    case Kind::kLogin:
      return (principal.like.empty() ? principal.text : "logins " + principal.like) + where;
    case Kind::kOwnName:
      return "their own name" + where;
    case Kind::kGroupName:
      return "the names of their groups" + where;
    case Kind::kClaimName:
      return "the login in their claim " + principal.text + where;
    case Kind::kHostName:
      return "host name " + principal.text;
    case Kind::kHostPattern:
      return principal.text == "${hostname}" ? "their attested host name"
                                             : "host name " + principal.text;
  }
  return "";
}

Access::Access(const PolicySet& policy, const Universe& universe)
    : policy_(policy), universe_(universe) {
  if (!universe.for_user()) by_name_ = Region::Everything().Without(universe.AddressAsName());
  for (const Grant& grant : policy.grants()) {
    Region whom;
    if (universe.for_user() == (grant.user() != nullptr)) {
      const KeyRule& keys = grant.user() != nullptr ? grant.user()->keys : grant.host()->keys;
      whom = universe.RegionOf(grant.conditions, Unknowns::kFail).And(universe.RegionOf(keys));
    }
    whom_.push_back(std::move(whom));
  }
  for (const Denial& denial : policy.denials()) {
    Region whom = universe.RegionOf(denial.conditions, Unknowns::kHold);
    if (!denial.key_types.empty()) whom = whom.And(universe.RegionOf(denial.key_types));
    denied_.push_back(std::move(whom));
  }
}

// What a placeholder or a pattern yields; Decide has the same rules in expand.h.
bool Access::MayYield(const UserCertificateRule& rule, const std::string& login) const {
  if (!model::CheckLogin(login).ok()) return false;
  if (rule.allow_reserved.contains(login)) return true;
  return !model::IsReservedLogin(login) && !policy_.NamesLiterally(login);
}

void Access::AddLogin(const UserCertificateRule& rule, const std::string& login,
                      std::set<Principal>* principals) const {
  if (!MayYield(rule, login)) return;
  const Atom* name = universe_.FindName(login);
  principals->insert(Principal{Kind::kLogin, rule.hosts, login,
                               name != nullptr && name->witness ? name->like : ""});
}

void Access::AddPrincipals(const UserCertificateRule& rule, std::set<Principal>* principals) const {
  for (const LoginRule& login : rule.logins) {
    switch (login.source) {
      case LoginSource::kLiteral:
        principals->insert(Principal{Kind::kLogin, rule.hosts, login.literal, ""});
        break;
      case LoginSource::kUsername:
        principals->insert(Principal{Kind::kOwnName, rule.hosts, "", ""});
        break;
      case LoginSource::kGroups:
        principals->insert(Principal{Kind::kGroupName, rule.hosts, "", ""});
        for (const Dimension& dimension : universe_.dimensions()) {
          if (dimension.kind == DimensionKind::kGroup) AddLogin(rule, dimension.name, principals);
        }
        break;
      case LoginSource::kClaim:
        principals->insert(Principal{Kind::kClaimName, rule.hosts, login.literal, ""});
        break;
      case LoginSource::kPattern:
        break;
    }
    if (login.source == LoginSource::kLiteral) continue;
    for (const Atom& name : universe_.names()) {
      if (!name.other && YieldsBy(login, name.value)) AddLogin(rule, name.value, principals);
    }
  }
}

std::set<Principal> Access::Principals() const {
  std::set<Principal> principals;
  for (const Grant& grant : policy_.grants()) {
    if (universe_.for_user() != (grant.user() != nullptr)) continue;
    if (grant.user() != nullptr) {
      AddPrincipals(*grant.user(), &principals);
      continue;
    }
    for (const HostNameRule& name : grant.host()->principals) {
      principals.insert(name.hostname ? Principal{Kind::kHostPattern, {}, PatternText(name), ""}
                                      : Principal{Kind::kHostName, {}, name.prefix, ""});
    }
  }
  return principals;
}

Region Access::Yields(const UserCertificateRule& rule, const Principal& principal) const {
  if (rule.hosts != principal.scope) return {};
  Region region;
  for (const LoginRule& login : rule.logins) region.Add(Yields(rule, login, principal));
  // A custom extension whose claim is not known permits nothing.
  for (const auto& [name, value] : rule.custom_extensions) {
    if (value.source == ValueSource::kClaim) {
      region = region.And(universe_.ClaimIsKnown(value.literal));
    }
  }
  return region;
}

Region Access::Yields(const UserCertificateRule& rule, const LoginRule& login,
                      const Principal& principal) const {
  const bool named = principal.kind == Kind::kLogin;
  if (login.source == LoginSource::kLiteral) {
    return named && login.literal == principal.text ? Region::Everything() : Region();
  }
  if (named && !MayYield(rule, principal.text)) return {};
  switch (login.source) {
    case LoginSource::kLiteral:
      break;
    case LoginSource::kUsername:
      if (named) return universe_.Named(principal.text);
      return principal.kind == Kind::kOwnName ? universe_.OrdinaryName() : Region();
    case LoginSource::kGroups:
      if (named) return universe_.InGroup(principal.text);
      return principal.kind == Kind::kGroupName ? universe_.InGroup(kAnotherGroup) : Region();
    case LoginSource::kClaim:
      if (named) return universe_.ClaimIs(login.literal, principal.text);
      return principal.kind == Kind::kClaimName && principal.text == login.literal
                 ? universe_.ClaimIsOrdinaryLogin(login.literal)
                 : Region();
    case LoginSource::kPattern:
      return named && MatchesLogin(login.literal, principal.text) ? Region::Everything() : Region();
  }
  return {};
}

// All of a grant's names must be names: one with text around the attested name permits nothing to a
// host that is attested by its address.
Region Access::Yields(const HostCertificateRule& rule, const Principal& principal) const {
  bool surrounded = false, yields = false, plain = false;
  for (const HostNameRule& name : rule.principals) {
    if (!name.hostname) {
      yields = yields || (principal.kind == Kind::kHostName && name.prefix == principal.text);
      continue;
    }
    surrounded = surrounded || !name.prefix.empty() || !name.suffix.empty();
    plain = plain || (name.prefix.empty() && name.suffix.empty());
    yields =
        yields || (principal.kind == Kind::kHostPattern && PatternText(name) == principal.text);
  }
  const Region able = surrounded ? by_name_ : Region::Everything();
  if (yields) return able;
  // A name that a rule lists, and that a host was attested by.
  if (principal.kind == Kind::kHostName && plain) return able.And(universe_.Named(principal.text));
  return {};
}

Region Access::RegionOf(const Grant& grant, const Principal& principal) const {
  const auto index = static_cast<size_t>(&grant - policy_.grants().data());
  if (whom_[index].empty()) return {};
  const Region yields =
      grant.user() != nullptr ? Yields(*grant.user(), principal) : Yields(*grant.host(), principal);
  return yields.empty() ? yields : whom_[index].And(yields);
}

bool Access::Concerns(const Denial& denial, const Principal& principal) const {
  if (!universe_.for_user()) return denial.logins.empty() && denial.hosts.empty();
  if (!denial.logins.empty() &&
      (principal.kind != Kind::kLogin ||
       std::ranges::find(denial.logins, principal.text) == denial.logins.end())) {
    return false;
  }
  if (denial.hosts.empty()) return true;
  if (!principal.scope.empty()) return CanBeOne(principal.scope, denial.hosts);
  const model::Labels& scoped_only = policy_.scoped_only();
  return scoped_only.empty() || !HasLabels(denial.hosts, scoped_only);
}

Region Access::DeniedOf(const Principal& principal) const {
  Region region;
  for (size_t i = 0; i < denied_.size(); ++i) {
    if (Concerns(policy_.denials()[i], principal)) region.Add(denied_[i]);
  }
  return region;
}

std::vector<Allowance> Access::AllowancesOf(const Principal& principal) const {
  std::optional<Region> denied;
  std::vector<Allowance> allowances;
  for (const Grant& grant : policy_.grants()) {
    Region region = RegionOf(grant, principal);
    if (region.empty()) continue;
    if (!denied) denied = DeniedOf(principal);
    region = region.Without(*denied);
    if (region.empty()) continue;
    allowances.push_back(Allowance{&grant, OfferOf(grant, policy_.ceilings()), std::move(region)});
  }
  return allowances;
}

}  // namespace mayfly::policy
