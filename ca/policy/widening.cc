#include "ca/policy/widening.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "ca/policy/finding.h"
#include "ca/policy/operators.h"
#include "fmt/format.h"

namespace mayfly::policy {
namespace {

template <typename Rule>
const Rule* FindByName(const std::vector<Rule>& rules, const std::string& name) {
  const auto found = std::ranges::find(rules, name, &Rule::name);
  return found == rules.end() ? nullptr : &*found;
}

// Whether the list condition `wide` holds wherever `narrow` does; empty is no condition.
bool ListCovers(const std::vector<std::string>& wide, const std::vector<std::string>& narrow) {
  if (wide.empty()) return true;
  return !narrow.empty() && std::ranges::all_of(narrow, [&](const std::string& element) {
    return std::ranges::find(wide, element) != wide.end();
  });
}

bool NetworksCover(const std::vector<IpNetwork>& wide, const std::vector<IpNetwork>& narrow) {
  if (wide.empty()) return true;
  return !narrow.empty() && std::ranges::all_of(narrow, [&](const IpNetwork& inner) {
    return std::ranges::any_of(wide, [&](const IpNetwork& outer) { return outer.Contains(inner); });
  });
}

// Fewer labels hold for more hosts.
bool LabelsCover(const model::Labels& wide, const model::Labels& narrow) {
  return HasLabels(narrow, wide);
}

// "In all of" holds for more people the fewer groups it names, and so does "in none of".
bool EachOf(const std::vector<std::string>& few, const std::vector<std::string>& many) {
  return std::ranges::all_of(few, [&](const std::string& element) {
    return std::ranges::find(many, element) != many.end();
  });
}

using Claims = std::map<std::string, std::vector<std::string>>;
bool ClaimsCover(const Claims& wide, const Claims& narrow) {
  return std::ranges::all_of(wide, [&](const auto& claim) {
    const auto same = narrow.find(claim.first);
    return same != narrow.end() && ListCovers(claim.second, same->second);
  });
}

// Whether what `wide` writes is not there or the same.
template <typename T>
bool SameOrOpen(const std::optional<T>& wide, const std::optional<T>& narrow) {
  return !wide || wide == narrow;
}

bool Covers(const Conditions& wide, const Conditions& narrow) {
  return ListCovers(wide.authenticators, narrow.authenticators) &&
         SameOrOpen(wide.realm, narrow.realm) && ListCovers(wide.groups, narrow.groups) &&
         EachOf(wide.all_groups, narrow.all_groups) && EachOf(wide.no_groups, narrow.no_groups) &&
         LabelsCover(wide.labels, narrow.labels) && NetworksCover(wide.networks, narrow.networks) &&
         ClaimsCover(wide.claims, narrow.claims) &&
         ClaimsCover(wide.claim_patterns, narrow.claim_patterns) &&
         SameOrOpen(wide.hours, narrow.hours) &&
         SameOrOpen(wide.hardware_proof, narrow.hardware_proof) &&
         (!wide.since || (narrow.since && *wide.since <= *narrow.since)) &&
         (!wide.until || (narrow.until && *wide.until >= *narrow.until));
}

bool Covers(const Denial& wide, const Denial& narrow) {
  const bool keys =
      wide.key_types.empty() ||
      (!narrow.key_types.empty() && std::ranges::includes(wide.key_types, narrow.key_types));
  return keys && Covers(wide.conditions, narrow.conditions) &&
         ListCovers(wide.logins, narrow.logins) && LabelsCover(wide.hosts, narrow.hosts);
}

void CompareDenials(const PolicySet& old_set, const PolicySet& new_set,
                    std::vector<std::string>* widenings) {
  for (const Denial& denial : old_set.denials()) {
    const Denial* now = FindByName(new_set.denials(), denial.name);
    if (now == nullptr) {
      widenings->push_back(fmt::format("denial {} is gone", denial.name));
    } else if (!Covers(*now, denial)) {
      widenings->push_back(fmt::format("denial {} no longer refuses all that it did", denial.name));
    }
  }
}

std::vector<std::string> NamesOfMissing(const std::vector<Permission>& from,
                                        const std::vector<Permission>& in) {
  std::vector<std::string> names;
  for (const Permission permission : from) {
    if (std::ranges::find(in, permission) == in.end()) {
      names.emplace_back(PermissionName(permission));
    }
  }
  return names;
}

std::string ManagedText(const ManagedGroups& managed) {
  return managed.any ? "any group" : Shown(managed.groups);
}

void CompareOperator(const Operator& before, const Operator& now,
                     std::vector<std::string>* widenings) {
  const std::vector<std::string> lost = NamesOfMissing(before.permissions, now.permissions);
  const std::vector<std::string> gained = NamesOfMissing(now.permissions, before.permissions);
  if (!lost.empty()) {
    widenings->push_back(fmt::format("operator {} loses {}", now.name, Shown(lost)));
  }
  if (!gained.empty()) {
    widenings->push_back(fmt::format("operator {} gains {}", now.name, Shown(gained)));
  }
  if (!Covers(before.conditions, now.conditions) || !Covers(now.conditions, before.conditions)) {
    widenings->push_back(fmt::format("operator {} is for others than before", now.name));
  }
  // A rule that begins or ceases to manage has been named above.
  const ManagedGroups none;
  if (before.managed != now.managed && before.managed != none && now.managed != none) {
    widenings->push_back(fmt::format("operator {} manages {}, not {}", now.name,
                                     ManagedText(now.managed), ManagedText(before.managed)));
  }
}

void CompareOperators(const PolicySet& old_set, const PolicySet& new_set,
                      std::vector<std::string>* widenings) {
  for (const Operator& rule : old_set.operators()) {
    const Operator* now = FindByName(new_set.operators(), rule.name);
    if (now == nullptr) {
      widenings->push_back(fmt::format("operator {} is gone", rule.name));
    } else {
      CompareOperator(rule, *now, widenings);
    }
  }
}

void CompareCeiling(std::string_view name, absl::Duration before, absl::Duration now,
                    std::vector<std::string>* widenings) {
  if (now <= before) return;
  widenings->push_back(
      fmt::format("ceiling {} rises from {} to {}", name, DurationText(before), DurationText(now)));
}

void CompareScopedOnly(const model::Labels& before, const model::Labels& now,
                       std::vector<std::string>* widenings) {
  if (before.empty()) return;
  if (now.empty()) {
    widenings->push_back(
        fmt::format("scoped_only is gone: hosts with {} accept plain principals", Shown(before)));
  } else if (!LabelsCover(now, before)) {
    widenings->push_back(fmt::format("scoped_only no longer holds for all hosts with {}, only {}",
                                     Shown(before), Shown(now)));
  }
}

}  // namespace

std::vector<std::string> Widenings(const PolicySet& old_set, const PolicySet& new_set) {
  std::vector<std::string> widenings;
  CompareDenials(old_set, new_set, &widenings);
  CompareOperators(old_set, new_set, &widenings);
  CompareCeiling("user_lifetime", old_set.ceilings().user_lifetime,
                 new_set.ceilings().user_lifetime, &widenings);
  CompareCeiling("host_lifetime", old_set.ceilings().host_lifetime,
                 new_set.ceilings().host_lifetime, &widenings);
  CompareScopedOnly(old_set.scoped_only(), new_set.scoped_only(), &widenings);
  return widenings;
}

}  // namespace mayfly::policy
