#include "ca/policy/analysis/universe.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "ca/model/principal.h"
#include "ca/policy/analysis/addresses.h"
#include "ca/policy/analysis/moments.h"
#include "ca/policy/analysis/witnesses.h"
#include "ca/policy/pattern.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

// All that the sets name, by dimension.
struct NamedWords {
  std::set<std::string> authenticators, realms, groups, names;
  std::map<std::string, std::set<std::string>> labels;
  std::set<IpNetwork> networks;
  std::set<int> rsa_bits;
  bool groups_are_logins = false;
  std::map<std::string, std::set<std::string>> claims, claim_patterns;
  std::set<std::string> login_claims;  // Those whose value may become a login.
  std::set<std::string> login_patterns;
  std::vector<Hours> hours;
  std::set<absl::Time> moments;
};

void Collect(const Conditions& conditions, NamedWords* named) {
  named->authenticators.insert(conditions.authenticators.begin(), conditions.authenticators.end());
  if (conditions.realm) named->realms.insert(*conditions.realm);
  named->groups.insert(conditions.groups.begin(), conditions.groups.end());
  for (const auto& [key, value] : conditions.labels) named->labels[key].insert(value);
  named->networks.insert(conditions.networks.begin(), conditions.networks.end());
  named->groups.insert(conditions.all_groups.begin(), conditions.all_groups.end());
  named->groups.insert(conditions.no_groups.begin(), conditions.no_groups.end());
  for (const auto& [claim, values] : conditions.claims) {
    named->claims[claim].insert(values.begin(), values.end());
  }
  for (const auto& [claim, patterns] : conditions.claim_patterns) {
    for (const std::string& pattern : patterns) {
      (HasWildcard(pattern) ? named->claim_patterns : named->claims)[claim].insert(pattern);
    }
  }
  if (conditions.hours &&
      std::ranges::find(named->hours, *conditions.hours) == named->hours.end()) {
    named->hours.push_back(*conditions.hours);
  }
  if (conditions.since) named->moments.insert(*conditions.since);
  if (conditions.until) named->moments.insert(*conditions.until);
}

void CollectUser(const UserCertificateRule& rule, NamedWords* named) {
  for (const LoginRule& login : rule.logins) {
    if (login.source == LoginSource::kLiteral) named->names.insert(login.literal);
    if (login.source == LoginSource::kGroups) named->groups_are_logins = true;
    if (login.source == LoginSource::kPattern) named->login_patterns.insert(login.literal);
    if (login.source == LoginSource::kClaim) named->login_claims.insert(login.literal);
  }
  named->names.insert(rule.allow_reserved.begin(), rule.allow_reserved.end());
  for (const auto& [name, value] : rule.custom_extensions) {
    if (value.source == ValueSource::kClaim) named->claims[value.literal];
  }
  named->rsa_bits.insert(rule.keys.min_rsa_bits);
}

void CollectHost(const HostCertificateRule& rule, NamedWords* named) {
  for (const HostNameRule& name : rule.principals) {
    if (!name.hostname) named->names.insert(name.prefix);
  }
  named->rsa_bits.insert(rule.keys.min_rsa_bits);
}

NamedWords CollectAll(const std::vector<const PolicySet*>& sets, bool for_user,
                      const std::vector<std::string>& more_names) {
  NamedWords named;
  named.names.insert(more_names.begin(), more_names.end());
  for (const PolicySet* set : sets) {
    for (const Grant& grant : set->grants()) {
      if (for_user != (grant.user() != nullptr)) continue;
      Collect(grant.conditions, &named);
      if (for_user) CollectUser(*grant.user(), &named);
      if (!for_user) CollectHost(*grant.host(), &named);
    }
    for (const Denial& denial : set->denials()) {
      Collect(denial.conditions, &named);
      if (for_user) named.names.insert(denial.logins.begin(), denial.logins.end());
    }
  }
  for (const std::string& claim : named.login_claims) {
    named.claims[claim].insert(named.names.begin(), named.names.end());
  }
  // A group is told apart by its name as well, when the name may become a login.
  if (named.groups_are_logins) named.groups.insert(named.names.begin(), named.names.end());
  return named;
}

Atom MakeAtom(const std::string& value, bool other = false) {
  Atom atom;
  atom.value = value;
  atom.other = other;
  return atom;
}

std::vector<Atom> AtomsOf(const std::set<std::string>& values, const std::string& rest) {
  std::vector<Atom> atoms;
  for (const std::string& value : values) atoms.push_back(MakeAtom(value));
  atoms.push_back(MakeAtom(rest, /*other=*/true));
  return atoms;
}

std::vector<IpNetwork> Within(const std::set<IpNetwork>& networks, const IpNetwork& outer) {
  std::vector<IpNetwork> inner;
  for (const IpNetwork& network : networks) {
    if (network != outer && outer.Contains(network)) inner.push_back(network);
  }
  return inner;
}

void AddNetwork(const IpNetwork& network, const std::set<IpNetwork>& networks, bool named,
                std::vector<Atom>* atoms) {
  const std::optional<IpAddress> address = AddressOutside(network, Within(networks, network));
  if (!address) return;  // Its parts cover it.
  Atom atom = MakeAtom(named ? network.ToString() : "elsewhere", !named);
  atom.address = *address;
  if (named) atom.network = network;
  atoms->push_back(atom);
}

// Each network without those within it, the rest of both families, and the two that are no address.
std::vector<Atom> NetworkAtoms(const std::set<IpNetwork>& networks) {
  std::vector<Atom> atoms = {MakeAtom("the local socket", true),
                             MakeAtom("nobody knows where", true)};
  for (const IpNetwork& network : networks) AddNetwork(network, networks, true, &atoms);
  for (const char* all : {"0.0.0.0/0", "::/0"}) {
    const IpNetwork network = IpNetwork::Parse(all).value();
    if (!networks.contains(network)) AddNetwork(network, networks, false, &atoms);
  }
  return atoms;
}

std::vector<Atom> KeyAtoms(const std::set<int>& rsa_bits) {
  std::vector<Atom> atoms;
  for (const ssh::KeyType type : ssh::AllKeyTypes()) {
    Atom atom = MakeAtom(std::string(ssh::KeyTypeShortName(type)));
    atom.key_type = type;
    if (type != ssh::KeyType::kRsa) {
      atoms.push_back(atom);
      continue;
    }
    std::set<int> sizes = rsa_bits;
    sizes.insert(kLeastMinRsaBits);
    for (const int bits : sizes) {
      atom.key_bits = bits;
      atom.value = "rsa from " + std::to_string(bits) + " bits";
      atoms.push_back(atom);
    }
  }
  return atoms;
}

std::vector<Atom> TwoAtoms() { return {MakeAtom("0"), MakeAtom("1")}; }

std::vector<absl::Time> ListOfMoments(const std::set<absl::Time>& moments) {
  return {moments.begin(), moments.end()};
}

std::vector<std::string> ListOfWords(const std::set<std::string>& words) {
  return {words.begin(), words.end()};
}

// "like refs/heads/* and refs/**", of the patterns that match.
std::string LikeText(const std::vector<std::string>& patterns, const std::string& text,
                     bool (*matches)(std::string_view, std::string_view)) {
  std::string like;
  for (const std::string& pattern : patterns) {
    if (!matches(pattern, text)) continue;
    like += (like.empty() ? "like " : " and ") + pattern;
  }
  return like;
}

Atom WitnessAtom(const std::string& text, const std::string& like, const std::string& rest) {
  Atom atom = MakeAtom(text);
  atom.witness = true;
  atom.like = like.empty() ? rest : like;
  return atom;
}

// Names that a placeholder or a pattern could yield; the others are one atom.
std::vector<Atom> UserNames(const NamedWords& named, bool* inexact) {
  const std::vector<std::string> patterns = ListOfWords(named.login_patterns);
  std::vector<Atom> atoms;
  std::string ordinary;  // One that matches no pattern.
  for (const std::string& name : named.names) atoms.push_back(MakeAtom(name));
  if (!patterns.empty()) {
    const Witnesses witnesses =
        FindWitnesses(patterns, ListOfWords(named.names), PatternKind::kLogin);
    *inexact = *inexact || !witnesses.complete;
    for (const std::string& text : witnesses.texts) {
      const std::string like = LikeText(patterns, text, MatchesLogin);
      if (!model::CheckLogin(text).ok() || model::IsReservedLogin(text)) continue;
      if (like.empty()) {
        ordinary = text;
        continue;
      }
      atoms.push_back(WitnessAtom(text, like, ""));
    }
  }
  atoms.push_back(MakeAtom("an ordinary name", /*other=*/true));
  atoms.back().like = ordinary;
  atoms.push_back(MakeAtom("a name that is no login", /*other=*/true));
  return atoms;
}

std::vector<Atom> ClaimAtoms(const std::set<std::string>& values,
                             const std::vector<std::string>& patterns, bool is_login,
                             bool* inexact) {
  std::vector<Atom> atoms = {MakeAtom("absent", true), MakeAtom("unknown", true)};
  for (const std::string& value : values) atoms.push_back(MakeAtom(value));
  const Witnesses witnesses = FindWitnesses(patterns, ListOfWords(values), PatternKind::kText);
  *inexact = *inexact || !witnesses.complete;
  for (const std::string& text : witnesses.texts) {
    atoms.push_back(WitnessAtom(text, LikeText(patterns, text, Matches), "anything else"));
  }
  if (is_login) atoms.push_back(WitnessAtom("No+Login", "", "anything that is no login"));
  return atoms;
}

std::vector<Atom> HardwareAtoms() {
  return {MakeAtom("without a security key"), MakeAtom("with a security key"),
          MakeAtom("nobody knows with what")};
}

std::vector<Atom> HostNames(const std::set<std::string>& names) {
  std::vector<Atom> atoms = AtomsOf(names, "an ordinary host name");
  atoms.push_back(MakeAtom("an address", /*other=*/true));
  return atoms;
}

}  // namespace

Universe Universe::Of(const std::vector<const PolicySet*>& sets, bool for_user,
                      const std::vector<std::string>& more_names) {
  const NamedWords named = CollectAll(sets, for_user, more_names);
  Universe universe;
  universe.for_user_ = for_user;
  const auto add = [&](DimensionKind kind, const std::string& name, std::vector<Atom> atoms) {
    universe.index_[{kind, name}] = universe.dimensions_.size();
    universe.dimensions_.push_back(Dimension{kind, name, std::move(atoms)});
  };
  add(DimensionKind::kRealm, "", AtomsOf(named.realms, "another realm"));
  add(DimensionKind::kAuthenticator, "", AtomsOf(named.authenticators, "another authenticator"));
  if (for_user) {
    add(DimensionKind::kGroupsKnown, "", TwoAtoms());
    for (const std::string& group : named.groups) add(DimensionKind::kGroup, group, TwoAtoms());
    if (named.groups_are_logins) add(DimensionKind::kGroup, kAnotherGroup, TwoAtoms());
  } else {
    add(DimensionKind::kLabelsKnown, "", TwoAtoms());
    for (const auto& [key, values] : named.labels) {
      add(DimensionKind::kLabel, key, AtomsOf(values, "anything else"));
    }
  }
  universe.login_patterns_ = ListOfWords(named.login_patterns);
  add(DimensionKind::kName, "",
      for_user ? UserNames(named, &universe.inexact_) : HostNames(named.names));
  if (for_user) {
    if (named.groups_are_logins) {
      for (const Atom& name : std::vector<Atom>(universe.names())) {
        if (name.witness) add(DimensionKind::kGroup, name.value, TwoAtoms());
      }
    }
    std::set<std::string> claims = named.login_claims;
    for (const auto& [claim, values] : named.claims) claims.insert(claim);
    for (const auto& [claim, patterns] : named.claim_patterns) claims.insert(claim);
    for (const std::string& claim : claims) {
      const auto patterns = named.claim_patterns.find(claim);
      if (patterns != named.claim_patterns.end()) {
        universe.claim_patterns_[claim] = ListOfWords(patterns->second);
      }
      const auto values = named.claims.find(claim);
      add(DimensionKind::kClaim, claim,
          ClaimAtoms(values == named.claims.end() ? std::set<std::string>() : values->second,
                     universe.claim_patterns_[claim], named.login_claims.contains(claim),
                     &universe.inexact_));
    }
    // A claim that becomes a login is not told apart by patterns of logins.
    universe.inexact_ =
        universe.inexact_ || (!named.login_claims.empty() && !named.login_patterns.empty());
  }
  add(DimensionKind::kHardware, "", HardwareAtoms());
  for (const Hours& hours : named.hours) {
    universe.times_.push_back({hours.ToString(),
                               [hours](absl::Time now) { return hours.EndAt(now).has_value(); },
                               false});
  }
  for (const absl::Time moment : named.moments) {
    universe.times_.push_back(
        {TimeText(moment), [moment](absl::Time now) { return now >= moment; }, true});
  }
  std::vector<Atom> times;
  for (const absl::Time moment : FindMoments(named.hours, ListOfMoments(named.moments))) {
    times.push_back(MakeAtom(TimeText(moment)));
    times.back().time = moment;
  }
  add(DimensionKind::kTime, "", std::move(times));
  add(DimensionKind::kNetwork, "", NetworkAtoms(named.networks));
  add(DimensionKind::kKey, "", KeyAtoms(named.rsa_bits));
  return universe;
}

std::optional<size_t> Universe::Find(DimensionKind kind, const std::string& name) const {
  const auto found = index_.find({kind, name});
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

// The region with those atoms of a dimension. A dimension that is missing has nobody in it.
Region Universe::Where(std::optional<size_t> dimension, const AtomSet& atoms) const {
  if (!dimension || atoms.empty()) return {};
  if (atoms.full()) return Region::Everything();
  return Region(Box{{*dimension, atoms}});
}

AtomSet Universe::Atoms(size_t dimension, const std::vector<std::string>& values) const {
  const std::vector<Atom>& atoms = dimensions_[dimension].atoms;
  AtomSet set(atoms.size());
  for (size_t i = 0; i < atoms.size(); ++i) {
    if (!atoms[i].other && std::ranges::find(values, atoms[i].value) != values.end()) set.Add(i);
  }
  return set;
}

Region Universe::AnyOfGroups(const std::vector<std::string>& groups, Unknowns unknowns) const {
  const std::optional<size_t> known = Find(DimensionKind::kGroupsKnown);
  if (!known) return {};  // Hosts are in no group.
  AtomSet is_known(2), not_known(2), in(2);
  is_known.Add(kKnown);
  not_known.Add(kNotKnown);
  in.Add(kIn);
  Region region;
  for (const std::string& group : groups) {
    region.Add(Region(Box{{*known, is_known}}).And(Where(Find(DimensionKind::kGroup, group), in)));
  }
  if (unknowns == Unknowns::kHold) region.Add(Box{{*known, not_known}});
  return region;
}

Region Universe::AllLabels(const model::Labels& labels, Unknowns unknowns) const {
  const std::optional<size_t> known = Find(DimensionKind::kLabelsKnown);
  if (!known) return {};  // Users have no labels.
  AtomSet is_known(2), not_known(2);
  is_known.Add(kKnown);
  not_known.Add(kNotKnown);
  Region region(Box{{*known, is_known}});
  for (const auto& [key, value] : labels) {
    const std::optional<size_t> dimension = Find(DimensionKind::kLabel, key);
    region = dimension ? region.And(Where(dimension, Atoms(*dimension, {value}))) : Region();
  }
  if (unknowns == Unknowns::kHold) region.Add(Box{{*known, not_known}});
  return region;
}

Region Universe::AnyOfNetworks(const std::vector<IpNetwork>& networks, Unknowns unknowns) const {
  const size_t dimension = *Find(DimensionKind::kNetwork);
  const std::vector<Atom>& atoms = dimensions_[dimension].atoms;
  AtomSet set(atoms.size());
  if (unknowns == Unknowns::kHold) set.Add(kNowhere);
  for (size_t i = kFirstAddress; i < atoms.size(); ++i) {
    const bool within = std::ranges::any_of(
        networks, [&](const IpNetwork& network) { return network.Contains(atoms[i].address); });
    if (within) set.Add(i);
  }
  return Where(dimension, set);
}

Region Universe::AllOfGroups(const std::vector<std::string>& groups, Unknowns unknowns) const {
  Region region = Region::Everything();
  for (const std::string& group : groups) region = region.And(AnyOfGroups({group}, unknowns));
  return region;
}

Region Universe::NoneOfGroups(const std::vector<std::string>& groups, Unknowns unknowns) const {
  const std::optional<size_t> known = Find(DimensionKind::kGroupsKnown);
  if (!known) return Region::Everything();  // Hosts are in none.
  AtomSet is_known(2), not_known(2);
  is_known.Add(kKnown);
  not_known.Add(kNotKnown);
  Region region(Box{{*known, is_known}});
  region = region.Without(AnyOfGroups(groups, Unknowns::kFail));
  if (unknowns == Unknowns::kHold) region.Add(Box{{*known, not_known}});
  return region;
}

Region Universe::ClaimMatches(const std::string& claim, const std::vector<std::string>& values,
                              bool patterns, Unknowns unknowns) const {
  const std::optional<size_t> dimension = Find(DimensionKind::kClaim, claim);
  // Of a host nothing is claimed: what nobody asserted is unknown.
  if (!dimension) return unknowns == Unknowns::kHold ? Region::Everything() : Region();
  const std::vector<Atom>& atoms = dimensions_[*dimension].atoms;
  AtomSet set(atoms.size());
  if (unknowns == Unknowns::kHold) set.Add(kClaimNotKnown);
  for (size_t i = kFirstClaim; i < atoms.size(); ++i) {
    const bool matches = std::ranges::any_of(values, [&](const std::string& value) {
      return patterns ? Matches(value, atoms[i].value)
                      : !atoms[i].witness && value == atoms[i].value;
    });
    if (matches) set.Add(i);
  }
  return Where(dimension, set);
}

Region Universe::Hardware(bool wanted, Unknowns unknowns) const {
  AtomSet set(kHardwareNotKnown + 1);
  set.Add(wanted ? kWith : kWithout);
  if (unknowns == Unknowns::kHold) set.Add(kHardwareNotKnown);
  return Where(Find(DimensionKind::kHardware), set);
}

template <typename Holds>
Region Universe::AtTimes(const Holds& holds) const {
  const size_t dimension = *Find(DimensionKind::kTime);
  const std::vector<Atom>& atoms = dimensions_[dimension].atoms;
  AtomSet set(atoms.size());
  for (size_t i = 0; i < atoms.size(); ++i) {
    if (holds(atoms[i].time)) set.Add(i);
  }
  return Where(dimension, set);
}

// The structured bindings stop compiling when a condition is added: then it belongs here too.
Region Universe::RegionOf(const Conditions& conditions, Unknowns unknowns) const {
  const auto& [authenticators, realm, groups, labels, networks, all_groups, no_groups, claims,
               claim_patterns, hours, hardware_proof, since, until] = conditions;
  Region region = Region::Everything();
  const auto restrict = [&](DimensionKind kind, const std::vector<std::string>& values) {
    const size_t dimension = *Find(kind);
    region = region.And(Where(dimension, Atoms(dimension, values)));
  };
  if (!authenticators.empty()) restrict(DimensionKind::kAuthenticator, authenticators);
  if (realm) restrict(DimensionKind::kRealm, {*realm});
  if (!groups.empty()) region = region.And(AnyOfGroups(groups, unknowns));
  if (!all_groups.empty()) region = region.And(AllOfGroups(all_groups, unknowns));
  if (!no_groups.empty()) region = region.And(NoneOfGroups(no_groups, unknowns));
  if (!labels.empty()) region = region.And(AllLabels(labels, unknowns));
  if (!networks.empty()) region = region.And(AnyOfNetworks(networks, unknowns));
  for (const auto& [claim, values] : claims) {
    region = region.And(ClaimMatches(claim, values, /*patterns=*/false, unknowns));
  }
  for (const auto& [claim, patterns] : claim_patterns) {
    region = region.And(ClaimMatches(claim, patterns, /*patterns=*/true, unknowns));
  }
  if (hardware_proof) region = region.And(Hardware(*hardware_proof, unknowns));
  const Conditions& whole = conditions;
  if (hours) {
    region =
        region.And(AtTimes([&](absl::Time now) { return whole.hours->EndAt(now).has_value(); }));
  }
  if (since) region = region.And(AtTimes([&](absl::Time now) { return now >= *whole.since; }));
  if (until) region = region.And(AtTimes([&](absl::Time now) { return now < *whole.until; }));
  return region;
}

Region Universe::RegionOf(const std::vector<ssh::KeyType>& types) const {
  KeyRule rule;
  rule.types = types;
  rule.min_rsa_bits = 0;
  return RegionOf(rule);
}

Region Universe::ClaimIs(const std::string& claim, const std::string& login) const {
  return ClaimMatches(claim, {login}, /*patterns=*/false, Unknowns::kFail);
}

Region Universe::ClaimIsOrdinaryLogin(const std::string& claim) const {
  const std::optional<size_t> dimension = Find(DimensionKind::kClaim, claim);
  if (!dimension) return {};
  const std::vector<Atom>& atoms = dimensions_[*dimension].atoms;
  AtomSet set(atoms.size());
  for (size_t i = kFirstClaim; i < atoms.size(); ++i) {
    const std::string& value = atoms[i].value;
    if (atoms[i].witness && model::CheckLogin(value).ok() && !model::IsReservedLogin(value)) {
      set.Add(i);
    }
  }
  return Where(dimension, set);
}

Region Universe::ClaimIsKnown(const std::string& claim) const {
  const std::optional<size_t> dimension = Find(DimensionKind::kClaim, claim);
  if (!dimension) return {};
  AtomSet set = AtomSet::All(dimensions_[*dimension].atoms.size());
  AtomSet not_known(set.size());
  not_known.Add(kNoClaim);
  not_known.Add(kClaimNotKnown);
  return Where(dimension, set.Without(not_known));
}

Region Universe::RegionOf(const KeyRule& rule) const {
  const size_t dimension = *Find(DimensionKind::kKey);
  const std::vector<Atom>& atoms = dimensions_[dimension].atoms;
  AtomSet set(atoms.size());
  for (size_t i = 0; i < atoms.size(); ++i) {
    const bool type = std::ranges::find(rule.types, atoms[i].key_type) != rule.types.end();
    const bool large =
        atoms[i].key_type != ssh::KeyType::kRsa || atoms[i].key_bits >= rule.min_rsa_bits;
    if (type && large) set.Add(i);
  }
  return Where(dimension, set);
}

Region Universe::Named(const std::string& name) const {
  const size_t dimension = *Find(DimensionKind::kName);
  return Where(dimension, Atoms(dimension, {name}));
}

Region Universe::InGroup(const std::string& group) const {
  return AnyOfGroups({group}, Unknowns::kFail);
}

// The atoms of others stand last, in the order in which they are made.
Region Universe::OrdinaryName() const {
  const size_t dimension = *Find(DimensionKind::kName);
  AtomSet set(names().size());
  set.Add(names().size() - 2);
  return Where(dimension, set);
}

Region Universe::AddressAsName() const {
  AtomSet set(names().size());
  for (size_t i = 0; i < names().size(); ++i) {
    if (IpAddress::Parse(names()[i].value).ok()) set.Add(i);
  }
  set.Add(names().size() - 1);
  return Where(Find(DimensionKind::kName), set);
}

const Atom* Universe::FindName(const std::string& name) const {
  const auto found = std::ranges::find_if(
      names(), [&](const Atom& atom) { return !atom.other && atom.value == name; });
  return found == names().end() ? nullptr : &*found;
}

const std::vector<Atom>& Universe::names() const {
  return dimensions_[*Find(DimensionKind::kName)].atoms;
}

}  // namespace mayfly::policy
