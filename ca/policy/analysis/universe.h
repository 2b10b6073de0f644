// Everything that the rules of some policy sets can tell apart.
//
// A new condition of the language is added here: its dimension in Universe::Of, where it holds in
// RegionOf, how a real caller is placed in Locate, and how it reads in Describe. RegionOf does not
// compile, and the property tests fail, as long as it is not.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_UNIVERSE_H_
#define MAYFLY_CA_POLICY_ANALYSIS_UNIVERSE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/network.h"
#include "ca/policy/analysis/region.h"
#include "ca/policy/analysis/situation.h"
#include "ca/policy/policy_set.h"

namespace mayfly::policy {

enum class DimensionKind {
  kAuthenticator,
  kRealm,
  kGroupsKnown,  // Of users; two atoms.
  kGroup,        // One dimension a group; two atoms: out, in.
  kLabelsKnown,  // Of hosts; two atoms.
  kLabel,        // One dimension a key.
  kName,         // Of the subject.
  kNetwork,
  kKey,
  kClaim,     // Of users; one dimension a claim.
  kHardware,  // Three atoms.
  kTime,      // Each atom is a moment that stands for all at which the same conditions hold.
};

struct Atom {
  std::string value;     // What it stands for; of `other` atoms, for people only.
  bool other = false;    // Whatever no rule names.
  bool witness = false;  // Stands for all texts that match the same patterns, `like` in words.
  std::string like;
  absl::Time time;                                 // Of kTime.
  IpAddress address;                               // Of kNetwork, one that stands for all.
  std::optional<IpNetwork> network;                // The smallest around it that a rule names.
  ssh::KeyType key_type = ssh::KeyType::kEd25519;  // Of kKey, with the bits.
  int key_bits = 0;
};

struct Dimension {
  DimensionKind kind;
  std::string name;  // The group, or the label's key.
  std::vector<Atom> atoms;
};

// What atoms of fixed places stand for.
inline constexpr size_t kKnown = 0, kNotKnown = 1;  // kGroupsKnown, kLabelsKnown.
inline constexpr size_t kOut = 0, kIn = 1;          // kGroup.
inline constexpr size_t kNoClaim = 0, kClaimNotKnown = 1, kFirstClaim = 2;  // kClaim.
inline constexpr size_t kWithout = 0, kWith = 1, kHardwareNotKnown = 2;     // kHardware.
inline constexpr size_t kLocally = 0, kNowhere = 1, kFirstAddress = 2;      // kNetwork.
// The group that stands for every group that no rule names and that is a login name.
inline constexpr char kAnotherGroup[] = "";

// One condition on the time, in words.
struct TimeCondition {
  std::string shown;  // "hours mon-fri 07:00-20:00 UTC"
  std::function<bool(absl::Time)> holds;
  bool moment = false;  // `since` and `until`, and not hours.
};

// How an unknown fact counts: never for a grant, always for a denial.
enum class Unknowns { kFail, kHold };

// One kind of subject's world. Immutable; thread-safe.
class Universe {
 public:
  // Of users, or of hosts. The sets must outlive nothing: what is needed is copied.
  // `more_names` are told apart as if a rule had listed them: logins, or names of hosts.
  static Universe Of(const std::vector<const PolicySet*>& sets, bool for_user,
                     const std::vector<std::string>& more_names = {});

  bool for_user() const { return for_user_; }
  const std::vector<Dimension>& dimensions() const { return dimensions_; }

  // Where all of the conditions hold.
  Region RegionOf(const Conditions& conditions, Unknowns unknowns) const;
  // Where the key is one that the rule takes.
  Region RegionOf(const KeyRule& rule) const;
  Region RegionOf(const std::vector<ssh::KeyType>& types) const;
  // The claim is that login; a login that no rule names; anything that is known.
  Region ClaimIs(const std::string& claim, const std::string& login) const;
  Region ClaimIsOrdinaryLogin(const std::string& claim) const;
  Region ClaimIsKnown(const std::string& claim) const;
  // The subject bears that name; is in that group. Empty for what no rule names.
  Region Named(const std::string& name) const;
  Region InGroup(const std::string& group) const;
  Region OrdinaryName() const;   // A user's name that could be a login, and that no rule names.
  Region AddressAsName() const;  // A host's.
  // What a name or a group of that name can be told apart from.
  const std::vector<Atom>& names() const;
  // The atom of a login that is named so; null for none.
  const Atom* FindName(const std::string& name) const;
  // Whether patterns were too many to be told apart exactly.
  bool inexact() const { return inexact_; }

  // Whether an identity decides the dimension by itself; else the request or the time do.
  static bool IsOfIdentity(DimensionKind kind);
  // The atoms of a situation, one for each dimension.
  std::vector<size_t> Locate(const Situation& situation) const;
  // Whoever is as the situation says in identity, whatever the address and the key.
  Box LocateIdentity(const model::Identity& identity) const;
  // A situation at these atoms. Not every combination exists: groups that are unknown have no
  // members; then the closest that exists.
  Situation Represent(const std::vector<size_t>& point) const;

  // "realm people, group sre, not group contractors, from 10.0.0.0/8"; "everybody" for the free
  // box.
  std::string Describe(const Box& box) const;
  // One description a box.
  std::vector<std::string> Describe(const Region& region) const;

 private:
  std::optional<size_t> Find(DimensionKind kind, const std::string& name = "") const;
  Region Where(std::optional<size_t> dimension, const AtomSet& atoms) const;
  AtomSet Atoms(size_t dimension, const std::vector<std::string>& values) const;
  size_t AtomOf(size_t dimension, const std::string& value) const;
  Region AnyOfGroups(const std::vector<std::string>& groups, Unknowns unknowns) const;
  Region AllLabels(const model::Labels& labels, Unknowns unknowns) const;
  Region AnyOfNetworks(const std::vector<IpNetwork>& networks, Unknowns unknowns) const;
  Region AllOfGroups(const std::vector<std::string>& groups, Unknowns unknowns) const;
  Region NoneOfGroups(const std::vector<std::string>& groups, Unknowns unknowns) const;
  Region ClaimMatches(const std::string& claim, const std::vector<std::string>& values,
                      bool patterns, Unknowns unknowns) const;
  Region Hardware(bool wanted, Unknowns unknowns) const;
  template <typename Holds>
  Region AtTimes(const Holds& holds) const;
  size_t LocateClaim(const Dimension& dimension, const model::Fact<std::string>& claim) const;
  size_t LocateTime(const Dimension& dimension, absl::Time now) const;
  size_t LocateName(const std::string& name) const;
  size_t LocateNetwork(const Dimension& dimension, const model::Fact<IpAddress>& peer) const;
  size_t LocateKey(const Dimension& dimension, const ssh::PublicKey& key) const;
  size_t LocateIn(const Dimension& dimension, const model::Identity& identity) const;

  bool for_user_ = true;
  std::vector<Dimension> dimensions_;
  std::map<std::pair<DimensionKind, std::string>, size_t> index_;
  std::map<std::string, std::vector<std::string>> claim_patterns_;
  std::vector<std::string> login_patterns_;
  std::vector<TimeCondition> times_;
  bool inexact_ = false;
};

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_UNIVERSE_H_
