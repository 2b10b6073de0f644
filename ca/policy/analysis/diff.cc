#include "ca/policy/analysis/diff.h"

#include <algorithm>
#include <tuple>

#include "ca/policy/widening.h"

namespace mayfly::policy {
namespace {

using ChangeKind = Change::Kind;

// One direction: what `now` gives beyond `before`. Losses are the same the other way round.
class Direction {
 public:
  Direction(const Access& before, const Access& now, ChangeKind whole, ChangeKind part,
            Difference* difference)
      : before_(before), now_(now), whole_(whole), part_(part), difference_(*difference) {}

  void Find() {
    for (const Principal& principal : now_.Principals()) {
      const std::vector<Allowance> had = before_.AllowancesOf(principal);
      for (const Allowance& allowance : now_.AllowancesOf(principal))
        Find(principal, allowance, had);
    }
  }

 private:
  void Find(const Principal& principal, const Allowance& allowance,
            const std::vector<Allowance>& had) {
    // Of a hundred that had it most are others: who is not the same caller takes nothing away.
    std::vector<const Allowance*> same;
    for (const Allowance& old : had) {
      if (allowance.region.Meets(old.region) || old.region.cut()) same.push_back(&old);
    }
    Region beyond = allowance.region;
    for (const Allowance* old : same) {
      if (AtLeast(old->offer, allowance.offer)) beyond = beyond.Without(old->region);
    }
    if (beyond.empty()) return;
    Region fresh = beyond;
    for (const Allowance* old : same) fresh = fresh.Without(old->region);
    if (!fresh.empty()) Add(whole_, principal, allowance, fresh, Describe(allowance.offer));
    for (const Allowance* old : same) {
      Region common = beyond.And(old->region);
      if (common.empty()) continue;
      const bool gives = whole_ == ChangeKind::kGain;
      Add(part_, principal, allowance, common,
          gives ? DescribeChange(old->offer, allowance.offer)
                : DescribeChange(allowance.offer, old->offer));
      beyond = beyond.Without(old->region);
    }
  }

  // Principals that change alike share one line.
  void Add(ChangeKind kind, const Principal& principal, const Allowance& allowance, Region region,
           const std::string& terms) {
    difference_.inexact = difference_.inexact || region.cut();
    region.Simplify();
    for (Change& change : difference_.changes) {
      if (change.kind != kind || change.for_user != now_.universe().for_user() ||
          change.grant != allowance.grant->name || change.terms != terms ||
          change.region != region) {
        continue;
      }
      change.principals.push_back(principal);
      return;
    }
    Change change;
    change.kind = kind;
    change.for_user = now_.universe().for_user();
    change.principals = {principal};
    change.grant = allowance.grant->name;
    change.source = allowance.grant->source;
    change.whom = now_.universe().Describe(region);
    change.region = std::move(region);
    change.terms = terms;
    difference_.changes.push_back(std::move(change));
  }

  const Access& before_;
  const Access& now_;
  const ChangeKind whole_, part_;
  Difference& difference_;
};

std::shared_ptr<const Universe> CompareKind(const PolicySet& before, const PolicySet& now,
                                            bool for_user, Difference* difference) {
  auto universe = std::make_shared<const Universe>(Universe::Of({&before, &now}, for_user));
  const Access old_access(before, *universe);
  const Access new_access(now, *universe);
  Direction(old_access, new_access, ChangeKind::kGain, ChangeKind::kMore, difference).Find();
  difference->inexact = difference->inexact || universe->inexact();
  Direction(new_access, old_access, ChangeKind::kLoss, ChangeKind::kLess, difference).Find();
  return universe;
}

}  // namespace

bool Difference::widens() const {
  return !limits.empty() || std::ranges::any_of(changes, &Change::widens);
}

Difference Compare(const PolicySet& before, const PolicySet& now) {
  Difference difference;
  difference.users = CompareKind(before, now, /*for_user=*/true, &difference);
  difference.hosts = CompareKind(before, now, /*for_user=*/false, &difference);
  difference.limits = Widenings(before, now);
  std::ranges::stable_sort(difference.changes, [](const Change& a, const Change& b) {
    return std::tuple(a.kind, !a.for_user) < std::tuple(b.kind, !b.for_user);
  });
  return difference;
}

}  // namespace mayfly::policy
