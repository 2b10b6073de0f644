// From situations to atoms, and back.
#include <algorithm>

#include "ca/model/principal.h"
#include "ca/policy/analysis/universe.h"
#include "ca/policy/pattern.h"

namespace mayfly::policy {
namespace {

// Whether both match the same patterns.
bool MatchAlike(const std::vector<std::string>& patterns, const std::string& a,
                const std::string& b, bool (*matches)(std::string_view, std::string_view)) {
  return std::ranges::all_of(patterns, [&](const std::string& pattern) {
    return matches(pattern, a) == matches(pattern, b);
  });
}

bool IsOrdinaryLogin(const std::string& name) {
  return model::CheckLogin(name).ok() && !model::IsReservedLogin(name);
}

// Names that no policy has, because a rule that named them would be given an atom.
std::string Unnamed(const std::vector<Atom>& atoms, const std::string& stem) {
  std::string name = stem;
  while (std::ranges::any_of(atoms, [&](const Atom& atom) { return atom.value == name; })) {
    name += 'x';
  }
  return name;
}

}  // namespace

size_t Universe::AtomOf(size_t dimension, const std::string& value) const {
  const std::vector<Atom>& atoms = dimensions_[dimension].atoms;
  for (size_t i = 0; i < atoms.size(); ++i) {
    if (!atoms[i].other && !atoms[i].witness && atoms[i].value == value) return i;
  }
  const auto other = std::ranges::find(atoms, true, &Atom::other);
  return static_cast<size_t>(other - atoms.begin());
}

size_t Universe::LocateName(const std::string& name) const {
  const size_t atom = AtomOf(*Find(DimensionKind::kName), name);
  if (!names()[atom].other) return atom;
  const bool ordinary = for_user_ ? IsOrdinaryLogin(name) : !IpAddress::Parse(name).ok();
  if (ordinary && for_user_) {
    for (size_t i = 0; i < names().size(); ++i) {
      if (names()[i].witness && MatchAlike(login_patterns_, names()[i].value, name, MatchesLogin)) {
        return i;
      }
    }
  }
  return names().size() - (ordinary ? 2 : 1);
}

size_t Universe::LocateClaim(const Dimension& dimension,
                             const model::Fact<std::string>& claim) const {
  if (!claim.known()) return claim.absent() ? kNoClaim : kClaimNotKnown;
  const std::string& value = claim.value();
  const auto found = claim_patterns_.find(dimension.name);
  const std::vector<std::string> none;
  const std::vector<std::string>& patterns = found == claim_patterns_.end() ? none : found->second;
  std::optional<size_t> best;
  for (size_t i = kFirstClaim; i < dimension.atoms.size(); ++i) {
    const Atom& atom = dimension.atoms[i];
    if (!atom.witness && atom.value == value) return i;
    if (!atom.witness || !MatchAlike(patterns, atom.value, value, Matches)) continue;
    if (!best || IsOrdinaryLogin(atom.value) == IsOrdinaryLogin(value)) best = i;
  }
  return best.value_or(kClaimNotKnown);
}

size_t Universe::LocateTime(const Dimension& dimension, absl::Time now) const {
  for (size_t i = 0; i < dimension.atoms.size(); ++i) {
    const bool alike = std::ranges::all_of(times_, [&](const TimeCondition& condition) {
      return condition.holds(now) == condition.holds(dimension.atoms[i].time);
    });
    if (alike) return i;
  }
  return 0;
}

// The smallest network around the address; without one, what is elsewhere in its family.
size_t Universe::LocateNetwork(const Dimension& dimension,
                               const model::Fact<IpAddress>& peer) const {
  if (!peer.known()) return peer.absent() ? kLocally : kNowhere;
  size_t best = kNowhere;
  for (size_t i = kFirstAddress; i < dimension.atoms.size(); ++i) {
    const Atom& atom = dimension.atoms[i];
    const Atom& so_far = dimension.atoms[best];
    if (atom.network) {
      const bool smaller = !so_far.network || atom.network->prefix() > so_far.network->prefix();
      if (atom.network->Contains(peer.value()) && smaller) best = i;
    } else if (!so_far.network && atom.address.is_ipv4() == peer.value().is_ipv4()) {
      best = i;
    }
  }
  return best;
}

size_t Universe::LocateKey(const Dimension& dimension, const ssh::PublicKey& key) const {
  size_t best = 0;
  for (size_t i = 0; i < dimension.atoms.size(); ++i) {
    const Atom& atom = dimension.atoms[i];
    if (atom.key_type == key.type() &&
        (key.type() != ssh::KeyType::kRsa || atom.key_bits <= key.bits())) {
      best = i;  // Of RSA the sizes stand in order.
    }
  }
  return best;
}

size_t Universe::LocateIn(const Dimension& dimension, const model::Identity& identity) const {
  const size_t index = *Find(dimension.kind, dimension.name);
  switch (dimension.kind) {
    case DimensionKind::kAuthenticator:
      return AtomOf(index, identity.authenticator);
    case DimensionKind::kRealm:
      return AtomOf(index, identity.subject.realm);
    case DimensionKind::kGroupsKnown:
      return identity.groups.unknown() ? kNotKnown : kKnown;
    case DimensionKind::kGroup: {
      if (!identity.groups.known()) return kOut;
      const bool in = std::ranges::any_of(identity.groups.value(), [&](const std::string& group) {
        const Atom* atom = FindName(dimension.name);
        const bool witness = atom != nullptr && atom->witness;
        if (dimension.name != kAnotherGroup && !witness) return group == dimension.name;
        if (!IsOrdinaryLogin(group)) return false;
        if (const Atom* own = FindName(group); own != nullptr && !own->witness) return false;
        if (Find(DimensionKind::kGroup, group) && group != dimension.name) return false;
        return MatchAlike(login_patterns_, witness ? dimension.name : std::string("/"), group,
                          MatchesLogin);
      });
      return in ? kIn : kOut;
    }
    case DimensionKind::kLabelsKnown:
      return identity.labels.unknown() ? kNotKnown : kKnown;
    case DimensionKind::kLabel: {
      if (!identity.labels.known()) return AtomOf(index, "");
      const auto label = identity.labels.value().find(dimension.name);
      return AtomOf(index, label == identity.labels.value().end() ? "" : label->second);
    }
    case DimensionKind::kName:
      return LocateName(identity.subject.name);
    case DimensionKind::kClaim: {
      const auto claim = identity.claims.find(dimension.name);
      return LocateClaim(dimension, claim == identity.claims.end()
                                        ? model::Fact<std::string>::Unknown()
                                        : claim->second);
    }
    case DimensionKind::kHardware:
      if (identity.hardware.unknown()) return kHardwareNotKnown;
      return identity.hardware.known() && identity.hardware.value() ? kWith : kWithout;
    case DimensionKind::kNetwork:
    case DimensionKind::kKey:
    case DimensionKind::kTime:
      break;
  }
  return 0;
}

std::vector<size_t> Universe::Locate(const Situation& situation) const {
  std::vector<size_t> point;
  for (const Dimension& dimension : dimensions_) {
    if (dimension.kind == DimensionKind::kNetwork) {
      point.push_back(LocateNetwork(dimension, situation.request.peer));
    } else if (dimension.kind == DimensionKind::kKey) {
      point.push_back(LocateKey(dimension, situation.request.key));
    } else if (dimension.kind == DimensionKind::kTime) {
      point.push_back(LocateTime(dimension, situation.now));
    } else {
      point.push_back(LocateIn(dimension, situation.identity));
    }
  }
  return point;
}

bool Universe::IsOfIdentity(DimensionKind kind) {
  switch (kind) {
    case DimensionKind::kNetwork:
    case DimensionKind::kKey:
    case DimensionKind::kTime:
      return false;
    case DimensionKind::kClaim:
    case DimensionKind::kHardware:
    case DimensionKind::kAuthenticator:
    case DimensionKind::kRealm:
    case DimensionKind::kGroupsKnown:
    case DimensionKind::kGroup:
    case DimensionKind::kLabelsKnown:
    case DimensionKind::kLabel:
    case DimensionKind::kName:
      break;
  }
  return true;
}

Box Universe::LocateIdentity(const model::Identity& identity) const {
  Box box;
  for (size_t i = 0; i < dimensions_.size(); ++i) {
    const Dimension& dimension = dimensions_[i];
    if (!IsOfIdentity(dimension.kind)) continue;
    AtomSet set(dimension.atoms.size());
    set.Add(LocateIn(dimension, identity));
    if (!set.full()) box[i] = set;
  }
  return box;
}

Situation Universe::Represent(const std::vector<size_t>& point) const {
  SituationText text;
  (for_user_ ? text.user : text.host) = "x";
  const auto ignore = [](std::string_view, std::string_view) {};
  Situation situation = *MakeSituation(text, ignore);
  model::Identity& identity = situation.identity;
  std::vector<std::string> groups;
  model::Labels labels;
  bool known = true;
  for (size_t i = 0; i < dimensions_.size(); ++i) {
    const Dimension& dimension = dimensions_[i];
    const Atom& atom = dimension.atoms[point[i]];
    switch (dimension.kind) {
      case DimensionKind::kAuthenticator:
        identity.authenticator = atom.other ? Unnamed(dimension.atoms, "other") : atom.value;
        break;
      case DimensionKind::kRealm:
        identity.subject.realm = atom.other ? Unnamed(dimension.atoms, "other") : atom.value;
        break;
      case DimensionKind::kGroupsKnown:
      case DimensionKind::kLabelsKnown:
        known = point[i] == kKnown;
        break;
      case DimensionKind::kGroup:
        if (point[i] == kIn) {
          groups.push_back(dimension.name == kAnotherGroup ? "some-other-group" : dimension.name);
        }
        break;
      case DimensionKind::kLabel:
        if (!atom.other) labels[dimension.name] = atom.value;
        break;
      case DimensionKind::kName: {
        const bool last = point[i] + 1 == dimension.atoms.size();
        identity.subject.name =
            !atom.other ? atom.value
            : !last     ? (atom.like.empty() ? Unnamed(dimension.atoms, "other") : atom.like)
            : for_user_ ? "No+Login"
                        : "192.0.2.7";
        break;
      }
      case DimensionKind::kNetwork:
        situation.request.peer = point[i] == kLocally ? model::Fact<IpAddress>::Absent()
                                 : point[i] == kNowhere
                                     ? model::Fact<IpAddress>::Unknown()
                                     : model::Fact<IpAddress>::Known(atom.address);
        break;
      case DimensionKind::kKey:
        situation.request.key = SampleKey(atom.key_type, std::max(atom.key_bits, 1024));
        break;
      case DimensionKind::kClaim:
        identity.claims[dimension.name] = point[i] == kNoClaim ? model::Fact<std::string>::Absent()
                                          : point[i] == kClaimNotKnown
                                              ? model::Fact<std::string>::Unknown()
                                              : model::Fact<std::string>::Known(atom.value);
        break;
      case DimensionKind::kHardware:
        identity.hardware = point[i] == kHardwareNotKnown
                                ? model::Fact<bool>::Unknown()
                                : model::Fact<bool>::Known(point[i] == kWith);
        break;
      case DimensionKind::kTime:
        situation.now = atom.time;
        break;
    }
  }
  using Groups = model::Fact<std::vector<std::string>>;
  if (for_user_) identity.groups = known ? Groups::Known(groups) : Groups::Unknown();
  using Labels = model::Fact<model::Labels>;
  if (!for_user_) {
    identity.labels = known ? Labels::Known(labels) : Labels::Unknown();
    situation.request.hostname = identity.subject.name;
  }
  return situation;
}

}  // namespace mayfly::policy
